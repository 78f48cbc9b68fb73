//! In-memory rate limits.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use adapter_rate_limits::MemoryRateLimiter;
use async_trait::async_trait;
use testkit::FixedClock;
use testkit::conformance::{InspectCounts, RateLimitSubject};
use users_domain::model::{ClientNetwork, LimitSubject, RateLimit};
use users_domain::ports::RateLimiter as _;

struct Inside {
    limiter: Arc<MemoryRateLimiter>,
    clock: Arc<FixedClock>,
}

#[async_trait]
impl InspectCounts for Inside {
    async fn let_subjects_age(&self, span: Duration) {
        self.clock.advance(span.as_micros().try_into().unwrap());
    }

    async fn stored_idle_subjects(&self) -> usize {
        // The subject of the check itself is not idle.
        self.limiter.subjects() - 1
    }
}

async fn subject() -> RateLimitSubject {
    let clock = Arc::new(FixedClock::default());
    let limiter = Arc::new(MemoryRateLimiter::new(clock.clone()));
    RateLimitSubject {
        limiter: limiter.clone(),
        elsewhere: limiter.clone(),
        clock: clock.clone(),
        memory: Arc::new(Inside { limiter, clock }),
    }
}

testkit::conformance!(rate_limits, subject);

fn address(number: u32) -> LimitSubject {
    LimitSubject::Address(ClientNetwork::of(IpAddr::V4(Ipv4Addr::from(number))))
}

async fn admits(limiter: &MemoryRateLimiter, number: u32) -> bool {
    let limit = RateLimit::per_minute(1).unwrap();
    limiter.check(address(number), limit).await.unwrap().admitted
}

#[test]
fn addresses_idle_the_longest_are_removed_beyond_the_capacity() {
    testkit::run(async {
        let clock = Arc::new(FixedClock::default());
        clock.tick_by(1);
        let limiter = MemoryRateLimiter::new(clock).with_address_capacity(100);
        for number in 0..1000 {
            assert!(admits(&limiter, number).await);
            assert!(limiter.subjects() <= 100);
        }
        assert!(!admits(&limiter, 900).await, "one of the newest hundred");
        assert!(admits(&limiter, 899).await, "removed");
        assert!(admits(&limiter, 900).await, "removed by the check before");
    });
}
