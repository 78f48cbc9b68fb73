use adapter_webhooks::{AddressGuard, GuardedUrlPolicy};
use proptest::prelude::*;
use users_domain::model::Network;
use users_domain::ports::{UrlPolicy as _, UrlRefused};

fn https_only() -> GuardedUrlPolicy {
    GuardedUrlPolicy::new(AddressGuard::default(), false)
}

fn with_http() -> GuardedUrlPolicy {
    GuardedUrlPolicy::new(AddressGuard::default(), true)
}

fn refusal(text: &str) -> Option<UrlRefused> {
    with_http().accept(text).err()
}

/// Spellings accepted by `url` and browsers.
const SPELLINGS_OF_LOOPBACK: [&str; 24] = [
    "127.0.0.1",
    "127.0.0.1.",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7f.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.1",
    "127.0.1",
    "127.0x1",
    "0x7f.1",
    "127.0.0.0x1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127.0.0.%31",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
];

#[test]
fn every_spelling_of_loopback_is_treated_alike() {
    let opened: [Network; 2] =
        [Network::parse("127.0.0.0/8").unwrap(), Network::parse("::ffff:127.0.0.0/104").unwrap()];
    let opened = GuardedUrlPolicy::new(AddressGuard::new(opened), true);
    for host in SPELLINGS_OF_LOOPBACK {
        for scheme in ["http", "https", "HTTPS"] {
            for rest in ["", ":8080", "/hook", "/?a=b"] {
                let url = format!("{scheme}://{host}{rest}");
                assert_eq!(refusal(&url), Some(UrlRefused::ForbiddenAddress), "{url}");
                assert!(opened.accept(&url).is_ok(), "{url}");
            }
        }
    }
}

#[test]
fn all_spellings_of_a_url_are_normalised() {
    let one = "https://receiver.example/a%2Fb/?c=%C3%A9";
    for spelling in [
        one,
        "HTTPS://Receiver.Example:443/a%2fb/?c=%c3%a9",
        "https://receiver.example./x/../a%2fb/./?c=é",
        "https://receiver.example:0443/a%2Fb/%2E%2e/a%2fb/?c=%C3%A9",
    ] {
        let accepted = https_only().accept(spelling).unwrap();
        assert_eq!(accepted.as_str(), one, "{spelling}");
    }
    for other in [
        "https://receiver.example/a/b/?c=%C3%A9",
        "https://receiver.example:444/a%2Fb/?c=%C3%A9",
        "https://receiver.example/A%2Fb/?c=%C3%A9",
        "https://receiver.example/a%2Fb?c=%C3%A9",
    ] {
        assert_ne!(https_only().accept(other).unwrap().as_str(), one);
    }
}

#[test]
fn other_forbidden_addresses_are_rejected() {
    for host in [
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "169.254.169.254",
        "0xa9fea9fe",
        "192.168.0.1",
        "[::]",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "255.255.255.255",
    ] {
        let url = format!("https://{host}/hook");
        assert_eq!(refusal(&url), Some(UrlRefused::ForbiddenAddress), "{url}");
    }
}

#[test]
fn a_public_url_is_normalised() {
    for (text, normal) in [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/hook?tenant=7&x=%20", "https://example.com/hook?tenant=7&x=%20"),
        ("HTTPS://Example.COM:8443/Hook", "https://example.com:8443/Hook"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        ("https://8.8.8.8/hook", "https://8.8.8.8/hook"),
        ("https://[2606:4700:4700::1111]:443/", "https://[2606:4700:4700::1111]/"),
        ("https://localhost.example.com./", "https://localhost.example.com/"),
    ] {
        assert_eq!(https_only().accept(text).unwrap().as_str(), normal);
    }
}

#[test]
fn http_is_accepted_only_if_allowed_and_other_schemes_never() {
    assert_eq!(https_only().accept("http://example.com/"), Err(UrlRefused::Scheme));
    assert!(with_http().accept("http://example.com/").is_ok());
    for text in [
        "ftp://example.com/",
        "ws://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "mailto:a@example.com",
        "unix:/var/run/docker.sock",
    ] {
        assert_eq!(refusal(text), Some(UrlRefused::Scheme), "{text}");
    }
}

#[test]
fn credentials_are_rejected() {
    for text in [
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://:word@example.com/",
        "https://example.com@169.254.169.254/",
        "https://127.0.0.1:80@example.com/",
    ] {
        assert_eq!(refusal(text), Some(UrlRefused::Credentials), "{text}");
    }
}

#[test]
fn malformed_or_misleading_urls_are_rejected() {
    for text in [
        "",
        "example.com",
        "//example.com/",
        "/hook",
        "https://",
        "https:///",
        "https:example.com",
        "https:/example.com",
        "https:///example.com/",
        "https:\\\\example.com\\hook",
        "https://example.com\\@127.0.0.1/",
        " https://example.com/",
        "https://example.com/\n",
        "https://exa\tmple.com/",
        "https://example.com/a b",
        "https://example.com/\u{a0}",
        "https://example.com/#part",
        "https://example.com/#",
        "https://exa mple.com/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://256.256.256.256/",
        "https://1.2.3.4.5/",
        "https://0x100000000/",
        "https://example.com:65536/",
        "https://a..0x7f/",
        "https://exam%00ple.com/",
    ] {
        assert_eq!(refusal(text), Some(UrlRefused::Malformed), "{text:?}");
    }
}

#[test]
fn length_is_counted_in_bytes() {
    // Each of these takes six bytes in the normal form.
    let longest = format!("https://example.com/{}", "é".repeat(338));
    assert_eq!(refusal(&longest), None);
    assert_eq!(with_http().accept(&longest).unwrap().as_str().len(), 2048);
    for more in ["a", "é"] {
        let longer = format!("{longest}{more}");
        assert_eq!(refusal(&longer), Some(UrlRefused::TooLong));
    }
}

proptest! {
    /// For any text, an accepted URL leads to a name or an allowed address, over an allowed scheme.
    #[test]
    fn every_accepted_url_is_allowed(text in "(https?|HTTP|ftp)?(://|:|:/|:///)?[0-9a-fx.:@%\\[\\]１。/\\\\# -]{0,24}") {
        if let Ok(accepted) = with_http().accept(&text) {
            let url = url::Url::parse(accepted.as_str()).unwrap();
            prop_assert!(["http", "https"].contains(&url.scheme()));
            prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
            let address = match url.host().unwrap() {
                url::Host::Domain(name) => name.parse().ok(),
                url::Host::Ipv4(address) => Some(address.into()),
                url::Host::Ipv6(address) => Some(address.into()),
            };
            prop_assert!(address.is_none_or(|address| AddressGuard::default().allows(address)));
            prop_assert_eq!(with_http().accept(accepted.as_str()), Ok(accepted));
        }
    }
}
