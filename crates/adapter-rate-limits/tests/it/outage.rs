//! A server that is down, halted or restarted. Each test has its own server.

use std::time::Duration;

use adapter_rate_limits::testing::TestServer;
use adapter_rate_limits::{RedisConfig, RedisRateLimiter};
use users_domain::model::{LimitSubject, Verdict};
use users_domain::ports::{RateLimiter as _, StoreError};

use crate::{connection, limiter, new_subject, per_minute};

fn is_unavailable(answer: &Result<Verdict, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable { .. }))
}

/// Checks until there is a response; the time limit of the test ends the loop otherwise.
async fn answered(limiter: &RedisRateLimiter, asks: LimitSubject, limit: u32) -> Verdict {
    loop {
        if let Ok(verdict) = limiter.check(asks, per_minute(limit)).await {
            return verdict;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_server_that_is_down_is_unavailable_and_reused_after_a_restart() {
    testkit::run(async {
        let mut server = TestServer::start();
        let limiter = limiter(&server.url());
        assert!(answered(&limiter, new_subject(), 5).await.admitted);
        for _ in 0..2 {
            server.stop();
            for _ in 0..20 {
                let answer = limiter.check(new_subject(), per_minute(5)).await;
                assert!(is_unavailable(&answer), "{answer:?}");
            }
            server.start_again();
            let asks = new_subject();
            assert_eq!(answered(&limiter, asks, 5).await.remaining, 4);
            assert_eq!(answered(&limiter, asks, 5).await.remaining, 3);
        }
    });
}

#[test]
fn a_server_that_is_down_at_first_is_used_once_it_starts() {
    testkit::run(async {
        let mut server = TestServer::start();
        server.stop();
        let limiter = limiter(&server.url());
        assert!(is_unavailable(&limiter.check(new_subject(), per_minute(5)).await));
        server.start_again();
        assert!(answered(&limiter, new_subject(), 5).await.admitted);
    });
}

/// Only the call timeout ends a check: a halted server neither responds nor closes the connection.
#[test]
fn a_halted_server_is_unavailable_until_it_resumes() {
    testkit::run(async {
        let server = TestServer::start();
        let limiter = RedisRateLimiter::new(&RedisConfig::at(&server.url())).unwrap();
        assert!(answered(&limiter, new_subject(), 5).await.admitted);
        server.halt();
        let checks = (0..20).map(|_| {
            let limiter = limiter.clone();
            tokio::spawn(async move { limiter.check(new_subject(), per_minute(5)).await })
        });
        for check in checks.collect::<Vec<_>>() {
            let answer = check.await.unwrap();
            assert!(is_unavailable(&answer), "{answer:?}");
        }
        let stranger = RedisRateLimiter::new(&RedisConfig::at(&server.url())).unwrap();
        assert!(is_unavailable(&stranger.check(new_subject(), per_minute(5)).await));
        server.resume();
        assert!(answered(&limiter, new_subject(), 5).await.admitted);
        assert!(answered(&stranger, new_subject(), 5).await.admitted);
    });
}

#[test]
fn a_script_lost_by_the_server_is_sent_again() {
    testkit::run(async {
        let server = TestServer::start();
        let (limiter, asks) = (limiter(&server.url()), new_subject());
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

/// A refusal is for the server's operator to fix; the service keeps serving.
#[test]
fn a_server_that_refuses_commands_is_unavailable() {
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
        let answer = limiter.check(new_subject(), per_minute(3)).await;
        assert!(is_unavailable(&answer), "{answer:?}");
    });
}
