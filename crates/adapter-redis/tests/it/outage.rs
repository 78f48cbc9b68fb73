//! A server that is away, halted or forgetful. Each test has one of its own.

use std::time::Duration;

use adapter_redis::testing::TestServer;
use adapter_redis::{RedisConfig, RedisRateLimiter};
use users_domain::model::{LimitSubject, Verdict};
use users_domain::ports::{RateLimiter as _, StoreError};

use crate::{connection, limiter, per_minute, somebody};

fn is_unavailable(answer: &Result<Verdict, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable { .. }))
}

/// Asks until there is an answer; the test's own limit ends it where there never is one.
async fn answered(limiter: &RedisRateLimiter, asks: LimitSubject, limit: u32) -> Verdict {
    loop {
        if let Ok(verdict) = limiter.check(asks, per_minute(limit)).await {
            return verdict;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_server_that_is_away_is_unavailable_and_used_again_when_it_is_back() {
    testkit::run(async {
        let mut server = TestServer::start();
        let limiter = limiter(&server.url());
        assert!(answered(&limiter, somebody(), 5).await.admitted);
        for _ in 0..2 {
            server.stop();
            for _ in 0..20 {
                let answer = limiter.check(somebody(), per_minute(5)).await;
                assert!(is_unavailable(&answer), "{answer:?}");
            }
            server.start_again();
            let asks = somebody();
            assert_eq!(answered(&limiter, asks, 5).await.remaining, 4);
            assert_eq!(answered(&limiter, asks, 5).await.remaining, 3);
        }
    });
}

#[test]
fn a_server_that_is_away_at_first_is_used_when_it_comes() {
    testkit::run(async {
        let mut server = TestServer::start();
        server.stop();
        let limiter = limiter(&server.url());
        assert!(is_unavailable(
            &limiter.check(somebody(), per_minute(5)).await
        ));
        server.start_again();
        assert!(answered(&limiter, somebody(), 5).await.admitted);
    });
}

/// Nothing else than the limit of a call ends it: a halted server never answers, and never hangs up.
#[test]
fn a_server_that_does_not_answer_is_unavailable_until_it_does() {
    testkit::run(async {
        let server = TestServer::start();
        let limiter = RedisRateLimiter::new(&RedisConfig::at(&server.url())).unwrap();
        assert!(answered(&limiter, somebody(), 5).await.admitted);
        server.halt();
        let checks = (0..20).map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.check(somebody(), per_minute(5)).await })
        });
        for check in checks.collect::<Vec<_>>() {
            let answer = check.await.unwrap();
            assert!(is_unavailable(&answer), "{answer:?}");
        }
        let stranger = RedisRateLimiter::new(&RedisConfig::at(&server.url())).unwrap();
        assert!(is_unavailable(
            &stranger.check(somebody(), per_minute(5)).await
        ));
        server.go_on();
        assert!(answered(&limiter, somebody(), 5).await.admitted);
        assert!(answered(&stranger, somebody(), 5).await.admitted);
    });
}

#[test]
fn a_server_that_has_forgotten_the_script_is_told_again() {
    testkit::run(async {
        let server = TestServer::start();
        let (limiter, asks) = (limiter(&server.url()), somebody());
        for remaining in [2, 1, 0] {
            let verdict = limiter.check(asks, per_minute(3)).await.unwrap();
            assert_eq!(verdict.remaining, remaining);
            let mut beside = connection(&server.url()).await;
            let mut flush = redis::cmd("SCRIPT");
            flush.arg("FLUSH");
            flush.exec_async(&mut beside).await.unwrap();
        }
        assert!(!limiter.check(asks, per_minute(3)).await.unwrap().admitted);
    });
}

/// What the server refuses is its operator's to mend, and no reason to stop serving.
#[test]
fn a_server_that_refuses_is_unavailable() {
    testkit::run(async {
        let server = TestServer::start();
        let mut beside = connection(&server.url()).await;
        let password = redis::cmd("CONFIG")
            .arg("SET")
            .arg("requirepass")
            .arg("secret")
            .exec_async(&mut beside)
            .await;
        password.unwrap();
        let limiter = RedisRateLimiter::new(&RedisConfig {
            call_timeout: Duration::from_secs(30),
            ..RedisConfig::at(&server.url())
        })
        .unwrap();
        let answer = limiter.check(somebody(), per_minute(3)).await;
        assert!(is_unavailable(&answer), "{answer:?}");
    });
}
