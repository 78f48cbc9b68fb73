use super::*;

#[test]
fn urls_of_three_schemes_are_accepted() {
    for url in [
        "redis://127.0.0.1",
        "redis://user:p%40ss@host:6380/3",
        "rediss://host",
        "unix:///run/redis.sock",
    ] {
        assert_eq!(check_url(url), Ok(()), "{url}");
    }
    for url in
        ["", "http://host", "127.0.0.1:6379", "redis://:secret@/x", "rediss://host/#insecure"]
    {
        assert_eq!(check_url(url), Err(InvalidUrl), "{url}");
    }
}

#[test]
fn debug_output_contains_no_password() {
    let config = RedisConfig::at("redis://:hunter2@host");
    assert!(!format!("{config:?}").contains("hunter2"));
}
