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

#[test]
fn without_a_proxy_the_client_names_the_host() {
    assert_eq!(origin(UNTRUSTED, &[HOST], None), "http://users.internal:8080");
    assert_eq!(origin(UNTRUSTED, &[HOST], Some("https://users.example")), "https://users.example");
    assert_eq!(origin(UNTRUSTED, &[], None), "http://localhost:8080");
}

#[test]
fn only_trusted_proxies_may_set_forwarding_headers() {
    for forged in [
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
    ] {
        assert_eq!(origin(UNTRUSTED, &[HOST, forged], None), "http://users.internal:8080");
    }
    let standard = ("forwarded", "for=192.0.2.9;host=\"a.example:444\";proto=https");
    assert_eq!(
        origin(PROXY, &[HOST, standard], Some("https://users.example")),
        "https://a.example:444"
    );
    let pair = [HOST, ("x-forwarded-host", "b.example"), ("x-forwarded-proto", "HTTPS")];
    assert_eq!(origin(PROXY, &pair, None), "https://b.example");
    let proto_alone = [HOST, ("x-forwarded-proto", "https")];
    assert_eq!(origin(PROXY, &proto_alone, None), "https://users.internal:8080");
    assert_eq!(origin(PROXY, &proto_alone, Some("https://users.example")), "https://users.example");
}

#[test]
fn entries_that_a_client_prepends_are_ignored() {
    let list = "for=192.0.2.9;host=evil.example, for=192.0.2.7;host=good.example;proto=https";
    assert_eq!(origin(PROXY, &[HOST, ("forwarded", list)], None), "https://good.example");
    let pair = [HOST, ("x-forwarded-host", "evil.example, good.example")];
    assert_eq!(origin(PROXY, &pair, None), "http://good.example");
}

#[test]
fn a_chain_of_trusted_proxies_is_followed_to_its_outer_end() {
    let list =
        "for=192.0.2.9;host=outer.example;proto=https, for=\"10.0.0.1:555\";host=inner;proto=http";
    assert_eq!(origin(PROXY, &[HOST, ("forwarded", list)], None), "https://outer.example");
}

#[test]
fn a_malformed_list_is_ignored() {
    for list in [
        "for=\"192.0.2.9, for=192.0.2.7;host=good.example;proto=https",
        "for=192.0.2.7;host=a.example;host=b.example",
    ] {
        let headers = [HOST, ("forwarded", list)];
        assert_eq!(origin(PROXY, &headers, None), "http://users.internal:8080");
    }
    let list = "for=\"x,y\";host=evil.example, for=\"192.0.2.7\";by=\"a,b;c\";host=good.example";
    let headers = [HOST, ("forwarded", list)];
    assert_eq!(origin(PROXY, &headers, None), "http://good.example");
}

#[test]
fn a_host_with_url_delimiters_is_ignored() {
    for host in ["a@b", "a/b", "a b", "a?b", "a#b", "", "<a>", "a\\b"] {
        let pair = [HOST, ("x-forwarded-host", host)];
        assert_eq!(origin(PROXY, &pair, None), "http://users.internal:8080", "{host}");
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
    let port = ("x-forwarded-port", "8443");
    assert_eq!(origin(UNTRUSTED, &[host, port], None), "http://a.example");
    let public = Some("https://users.example");
    assert_eq!(origin(PROXY, &[host, port], public), "https://users.example");
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
        assert_eq!(origin(PROXY, &headers, None), "http://users.internal:8080", "{invalid}");
    }
}
