//! Tests of the rate limit settings.

use std::time::Duration;

use users_domain::rules::DefaultLimits;

use super::{SECRET, URL, load};
use crate::config::sections::WITHIN;

#[test]
fn the_default_limits_are_counted_in_this_process() {
    let limits = load(&[]).unwrap().limits;
    assert_eq!(limits.defaults, DefaultLimits::default());
    assert!(limits.redis.is_none());
}

#[test]
fn each_limit_can_be_set_and_zero_disables_it() {
    let limits = load(&[
        ("RATE_LIMIT_GET_PER_MINUTE", "7"),
        ("RATE_LIMIT_WRITE_PER_MINUTE", "0"),
        ("RATE_LIMIT_SERVICE_PER_MINUTE", "10000000"),
        ("RATE_LIMIT_UNAUTHENTICATED_PER_MINUTE", "1"),
        ("RATE_LIMIT_PUBLIC_PER_MINUTE", "2"),
    ]);
    let expected = DefaultLimits {
        reads_per_minute: 7,
        writes_per_minute: 0,
        service_per_minute: 10_000_000,
        unauthenticated_per_minute: 1,
        public_per_minute: 2,
    };
    assert_eq!(limits.unwrap().limits.defaults, expected);
    assert_eq!(
        load(&[("RATE_LIMIT_GET_PER_MINUTE", "-1")]).unwrap_err(),
        ["RATE_LIMIT_GET_PER_MINUTE: must be a whole number from 0 to 10000000, is \"-1\""]
    );
}

#[test]
fn the_redis_url_is_read_and_its_password_is_never_shown() {
    let url = "rediss://users:hunter2@redis.example.com:6380/1";
    let config = load(&[("REDIS_URL", url), ("REDIS_CALL_TIMEOUT_MS", "50")]).unwrap();
    let redis = config.limits.redis.clone().unwrap();
    assert_eq!(redis.url, url);
    assert_eq!(redis.call_timeout, Duration::from_millis(50));
    assert_eq!(redis.connect_timeout, Duration::from_secs(1));
    let shown = format!("{config:?} {}", config.report());
    assert!(!shown.contains("hunter2"), "{shown}");

    for wrong in ["redis.example.com:6379", "http://:hunter2@host"] {
        assert_eq!(
            load(&[("REDIS_URL", wrong)]).unwrap_err(),
            [
                "REDIS_URL: must be redis://user:password@host:port/database, rediss://… with TLS, or \
                 unix:///path/to/socket"
            ]
        );
    }
}

#[test]
fn a_check_timeout_must_be_shorter_than_the_request_timeout() {
    let slow = ("REDIS_CALL_TIMEOUT_MS", "30000");
    assert_eq!(
        load(&[("REDIS_URL", "redis://localhost"), slow]).unwrap_err(),
        ["REDIS_CALL_TIMEOUT_MS: must be less than http_request_timeout_ms, which is 30000 ms"]
    );
    assert!(load(&[slow]).is_ok(), "the timeout is not used without Redis");
}

#[test]
fn the_embedded_cluster_limits_the_pools_together() {
    let pools = |requests: &'static str, delivery: &'static str| {
        [("DATABASE_POOL_SIZE", requests), ("WEBHOOK_POOL_SIZE", delivery)]
    };
    assert!(load(&pools("36", "4")).is_ok());
    for (requests, delivery) in [("37", "4"), ("36", "5"), ("100", "1")] {
        let problems = load(&pools(requests, delivery)).unwrap_err();
        let expected = "DATABASE_POOL_SIZE: must be at most 40 together with webhook_pool_size";
        assert!(problems.concat().starts_with(expected), "{problems:?}");
    }
    let shared = [("DATABASE_URL", URL), ("SECRET_KEY", SECRET)];
    assert!(load(&[&shared[..], &pools("100", "100")].concat()).is_ok());
}

#[test]
fn a_time_limit_is_shorter_than_the_limit_around_it() {
    for (inner, outer) in WITHIN {
        let (variable, around) = (inner.to_uppercase(), outer.to_uppercase());
        let problems = load(&[(&variable, "3000"), (&around, "3000")]).unwrap_err();
        let expected = format!("{variable}: must be less than {outer}, which is 3000 ms");
        assert!(problems.contains(&expected), "{expected} in {problems:?}");
    }
}
