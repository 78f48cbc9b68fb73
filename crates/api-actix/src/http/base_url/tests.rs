use super::*;

#[test]
fn a_base_url_has_a_scheme_and_a_host_and_may_have_a_path() {
    for (text, shown) in [
        ("https://users.example.com", "https://users.example.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://example.com/users/v1/", "https://example.com/users/v1"),
    ] {
        assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), shown);
    }
    for text in [
        "",
        "example.com",
        "/users",
        "ftp://example.com",
        "https://",
        "https://user@example.com",
        "https://example.com?a=b",
        "https://example.com//users",
        "https://example.com/a/../b",
    ] {
        assert_eq!(text.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{text}");
    }
}
