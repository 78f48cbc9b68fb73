use regex::Regex;

use super::*;

#[test]
fn the_url_pattern_accepts_common_urls_and_no_rejected_ones() {
    let pattern = Regex::new(URL).unwrap();
    for url in [
        "https://receiver",
        "https://Hooks.example-2.org:10443/a/b/?token=x&y=%2F",
        "https://example.org?token=x",
        "https://xn--bcher-kva.example/",
        "https://203.0.113.7/",
    ] {
        assert!(pattern.is_match(url), "{url}");
    }
    for url in [
        "http://example.org/",
        "https:/example.org/",
        "https:///example.org/",
        "https://",
        "https://user@example.org/",
        "https://example.org/#fragment",
        "https://example.org/a b",
        "https://example.org\\a",
        "https://example.org:65536/",
        "https://256.0.0.1/",
        "https://1.2.3/",
    ] {
        assert!(!pattern.is_match(url), "{url}");
    }
}
