use actix_web::http::header::{HeaderName, HeaderValue};

use super::*;

#[test]
fn headers_that_the_proxies_do_not_write_are_removed() {
    let names = ["forwarded", "x-forwarded-for", "x-forwarded-prefix", "host"];
    let left = |written| {
        let mut headers: HeaderMap = names
            .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("a")))
            .into_iter()
            .collect();
        remove_unwritten(&mut headers, written);
        names.map(|name| headers.contains_key(name))
    };
    assert_eq!(left(ProxyHeaders::XForwarded), [false, true, true, true]);
    assert_eq!(left(ProxyHeaders::Forwarded), [true, false, false, true]);
}

#[test]
fn separators_within_quotes_are_text() {
    let list = r#"For="a,b;c\"d";;host = x , ,proto="http\s""#;
    let found = elements(list).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].get("for"), Some("a,b;c\"d"));
    assert_eq!(found[0].get("host"), Some("x"));
    assert_eq!(found[1].get("proto"), Some("https"));
}

#[test]
fn a_malformed_list_has_no_elements() {
    for list in [
        r#"for="a"#,
        r#"for="a, for="192.0.2.7";host=x"#,
        r#"for="a\", for=b"#,
        r#"for=a"b""#,
        r#"for="a"b"#,
        r#"for=""a"""#,
        r#"for=""#,
        "for=a;For=b",
        "host=a;proto=http;host=a",
        "for=a;host",
    ] {
        assert_eq!(elements(list), None, "{list}");
    }
}

#[test]
fn every_form_of_a_node_is_an_address_or_none() {
    for (node, address) in [
        ("192.0.2.1", Some("192.0.2.1")),
        ("192.0.2.1:80", Some("192.0.2.1")),
        ("192.0.2.1:_p-1.x", Some("192.0.2.1")),
        ("2001:DB8::1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("[2001:db8::1]:65535", Some("2001:db8::1")),
        ("::ffff:192.0.2.1", Some("192.0.2.1")),
        ("[::ffff:c000:201]:80", Some("192.0.2.1")),
        ("unknown", None),
        ("_hidden", None),
        ("_192.0.2.1", None),
        ("192.0.2.1:", None),
        ("192.0.2.1:http", None),
        ("192.0.2.1:123456", None),
        ("192.0.2.01", None),
        ("192.0.2", None),
        ("[192.0.2.1]:80", None),
        ("[2001:db8::1", None),
        ("[2001:db8::1]80", None),
        ("[2001:db8::1]:", None),
        ("fe80::1%eth0", None),
        ("[fe80::1%25eth0]", None),
        ("", None),
    ] {
        let expected = address.map(|text| text.parse().unwrap());
        assert_eq!(node_address(node), expected, "{node}");
    }
}
