//! The suite of the port, by a clock that the tests set.

use std::sync::Arc;
use std::time::Duration;

use adapter_redis::testing::TestServer;
use async_trait::async_trait;
use testkit::FixedClock;
use testkit::conformance::{InspectCounts, RateLimitSubject};

use crate::{connection, limiter};

/// The server gives back by its own clock what it was told to keep for a time.
struct Expiry;

#[async_trait]
impl InspectCounts for Expiry {
    async fn let_subjects_age(&self, _: Duration) {}

    async fn idle_subjects_kept(&self) -> usize {
        let mut server = connection(&TestServer::shared().url()).await;
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("*")
            .query_async(&mut server)
            .await
            .unwrap();
        assert!(keys.len() > 50, "the keys are seen");
        let mut kept = 0;
        for key in keys {
            let left: i64 = redis::cmd("PTTL")
                .arg(key)
                .query_async(&mut server)
                .await
                .unwrap();
            // -1 never expires; -2 is gone.
            kept += usize::from(left == -1 || left > 61_000);
        }
        kept
    }
}

async fn subject() -> RateLimitSubject {
    let clock = Arc::new(FixedClock::default());
    let url = TestServer::shared().url();
    RateLimitSubject {
        limiter: Arc::new(limiter(&url).with_clock(clock.clone())),
        elsewhere: Arc::new(limiter(&url).with_clock(clock.clone())),
        clock,
        memory: Arc::new(Expiry),
    }
}

testkit::rate_limiter_conformance!(subject);
