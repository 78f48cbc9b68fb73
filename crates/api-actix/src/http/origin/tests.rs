//! Which source determines the base URL.

use std::sync::Arc;

use actix_web::test::TestRequest;

use super::*;

fn settings(public_url: Option<&str>) -> ApiSettings {
    ApiSettings {
        public_url: public_url.map(|url| url.parse().unwrap()),
        trusts_proxy: Arc::new(|address| {
            address.is_loopback() || address == IpAddr::from([10, 0, 0, 1])
        }),
        ..ApiSettings::default()
    }
}

fn origin(peer: &str, headers: &[(&str, &str)], public_url: Option<&str>) -> String {
    let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
    for header in headers {
        request = request.append_header(*header);
    }
    of(&request.to_http_request(), &settings(public_url))
}

const PROXY: &str = "127.0.0.1:4000";
const UNTRUSTED: &str = "192.0.2.1:4000";
const HOST: (&str, &str) = ("host", "users.internal:8080");
const OWN: &str = "http://users.internal:8080";
const PUBLIC: Option<&str> = Some("https://users.example");

#[test]
fn the_base_url_comes_from_the_proxy_the_setting_or_the_host() {
    let forwarded = |list| ("forwarded", list);
    let (host, proto, port) = ("x-forwarded-host", "x-forwarded-proto", "x-forwarded-port");
    let standard = forwarded("for=192.0.2.9;host=\"a.example:444\";proto=https");
    // A client prepends entries, and a chain of trusted proxies is followed to its outer end.
    let prepended =
        forwarded("for=192.0.2.9;host=evil.example, for=192.0.2.7;host=good.example;proto=https");
    let chain = forwarded(
        "for=192.0.2.9;host=outer.example;proto=https, for=\"10.0.0.1:555\";host=inner;proto=http",
    );
    let quoted = forwarded(
        "for=\"x,y\";host=evil.example, for=\"192.0.2.7\";by=\"a,b;c\";host=good.example",
    );
    let unclosed = forwarded("for=\"192.0.2.9, for=192.0.2.7;host=good.example;proto=https");
    let twice = forwarded("for=192.0.2.7;host=a.example;host=b.example");
    for (peer, headers, public_url, expected) in [
        (UNTRUSTED, vec![HOST], None, OWN),
        (UNTRUSTED, vec![HOST], PUBLIC, "https://users.example"),
        (UNTRUSTED, vec![], None, "http://localhost:8080"),
        (UNTRUSTED, vec![HOST, forwarded("host=evil.example;proto=https")], None, OWN),
        (UNTRUSTED, vec![HOST, (host, "evil.example")], None, OWN),
        (UNTRUSTED, vec![HOST, (proto, "https")], None, OWN),
        (PROXY, vec![HOST, standard], PUBLIC, "https://a.example:444"),
        (PROXY, vec![HOST, (host, "b.example"), (proto, "HTTPS")], None, "https://b.example"),
        (PROXY, vec![HOST, (proto, "https")], None, "https://users.internal:8080"),
        (PROXY, vec![HOST, (proto, "https")], PUBLIC, "https://users.example"),
        (PROXY, vec![HOST, prepended], None, "https://good.example"),
        (PROXY, vec![HOST, (host, "evil.example, good.example")], None, "http://good.example"),
        (PROXY, vec![HOST, chain], None, "https://outer.example"),
        (PROXY, vec![HOST, quoted], None, "http://good.example"),
        (PROXY, vec![HOST, unclosed], None, OWN),
        (PROXY, vec![HOST, twice], None, OWN),
        (UNTRUSTED, vec![("host", "a.example"), (port, "8443")], None, "http://a.example"),
        (PROXY, vec![HOST, (port, "8443")], PUBLIC, "https://users.example"),
    ] {
        assert_eq!(origin(peer, &headers, public_url), expected, "{peer} {headers:?}");
    }
    for host in ["a@b", "a/b", "a b", "a?b", "a#b", "", "<a>", "a\\b"] {
        let pair = [HOST, ("x-forwarded-host", host)];
        assert_eq!(origin(PROXY, &pair, None), OWN, "{host}");
    }
}

#[test]
fn the_forwarded_port_applies_to_a_host_without_one() {
    let (proto, host) = (("x-forwarded-proto", "https"), ("host", "a.example"));
    for (host, port, expected) in [
        (host, "8443", "https://a.example:8443"),
        (host, "443", "https://a.example"),
        (host, "80", "https://a.example:80"),
        (host, "1, 8443", "https://a.example:8443"),
        (host, "0", "https://a.example"),
        (host, "http", "https://a.example"),
        (("host", "a.example:1"), "8443", "https://a.example:1"),
        (("host", "[::1]"), "8443", "https://[::1]:8443"),
        (("host", "[::1]:2"), "8443", "https://[::1]:2"),
        (("x-forwarded-host", "b.example"), "8443", "https://b.example:8443"),
    ] {
        let headers = [host, proto, ("x-forwarded-port", port)];
        assert_eq!(origin(PROXY, &headers, None), expected, "{host:?} {port}");
    }
}

#[test]
fn a_forwarded_prefix_precedes_that_of_the_public_url() {
    let below = Some("https://users.example/api/");
    for (peer, headers, expected) in [
        (UNTRUSTED, vec![HOST], "https://users.example/api"),
        (UNTRUSTED, vec![("x-forwarded-prefix", "/x")], "https://users.example/api"),
        (PROXY, vec![("x-forwarded-prefix", "/x/y/")], "https://users.example/x/y"),
        (PROXY, vec![("x-forwarded-prefix", "/e, /x")], "https://users.example/x"),
        (PROXY, vec![("x-forwarded-prefix", "/")], "https://users.example"),
        (PROXY, vec![("x-forwarded-host", "b.example")], "http://b.example/api"),
    ] {
        assert_eq!(origin(peer, &headers, below), expected, "{headers:?}");
    }
    for invalid in ["x", "//evil.example", "/a//b", "/../x", "/a?b", "/a#b", "/<a>", "/a\"b", "/ä"]
    {
        let headers = [HOST, ("x-forwarded-prefix", invalid)];
        assert_eq!(origin(PROXY, &headers, None), OWN, "{invalid}");
    }
}
