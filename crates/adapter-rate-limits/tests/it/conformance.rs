//! The conformance suite of the port, with a clock that the tests set.

use std::sync::Arc;
use std::time::Duration;

use adapter_rate_limits::testing::TestServer;
use async_trait::async_trait;
use testkit::FixedClock;
use testkit::conformance::{InspectCounts, RateLimitSubject};

use crate::{connection, limiter};

/// The server removes expired keys by its own clock, so only their expiry times are checked.
struct Expiry;

#[async_trait]
impl InspectCounts for Expiry {
    async fn let_subjects_age(&self, _: Duration) {}

    async fn stored_idle_subjects(&self) -> usize {
        let mut server = connection(&TestServer::shared().url()).await;
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut server).await.unwrap();
        assert!(keys.len() > 50, "the keys are listed");
        let mut kept = 0;
        for key in keys {
            let left: i64 = redis::cmd("PTTL").arg(key).query_async(&mut server).await.unwrap();
            // -1 means no expiry, -2 that the key no longer exists.
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

testkit::conformance!(rate_limits, subject);
