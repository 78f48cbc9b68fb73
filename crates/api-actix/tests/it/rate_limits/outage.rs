//! A limiter that is away, fails or hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use adapter_memory::MemoryRateLimiter;
use async_trait::async_trait;
use serde_json::json;
use testkit::FixedClock;
use users_domain::model::{LimitSubject, RateLimit, Verdict};
use users_domain::ports::{MockRateLimiter, RateLimiter, StoreError};

use super::{CREATE, LIMITS, LIST, NO_KEY, limited_with, told};

/// Counts in memory, unless told to be away.
struct Flaky {
    counts: MemoryRateLimiter,
    away: AtomicBool,
    asked: AtomicUsize,
}

#[async_trait]
impl RateLimiter for Flaky {
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable {
                reason: "connection refused".to_owned(),
            });
        }
        self.counts.check(subject, limit).await
    }
}

#[actix_web::test]
async fn while_nobody_counts_nobody_is_refused() {
    let flaky = Arc::new(Flaky {
        counts: MemoryRateLimiter::with_clock(Arc::new(FixedClock::default())),
        away: AtomicBool::new(false),
        asked: AtomicUsize::new(0),
    });
    let limiter = Arc::clone(&flaky);
    let api = limited_with(LIMITS, move |ports| ports.limiter = limiter).await;
    for status in [200, 200, 200, 429] {
        assert_eq!(api.get(LIST).await.status, status);
    }
    flaky.away.store(true, Ordering::SeqCst);
    for number in 0..5 {
        let list = api.get(LIST).await;
        assert_eq!((list.status.as_u16(), told(&list)), (200, vec![]));
        let created = api
            .post(CREATE, json!({"vendor_data": number.to_string()}))
            .await;
        assert_eq!((created.status.as_u16(), told(&created)), (201, vec![]));
        let stranger = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
        stranger.assert(401, &json!({ "detail": NO_KEY }));
    }
    flaky.away.store(false, Ordering::SeqCst);
    assert_eq!(api.get(LIST).await.status, 429);
    assert_eq!(flaky.asked.load(Ordering::SeqCst), 4 + 15 + 1);
}

/// A defect of the limiter is no reason to stop serving either.
#[actix_web::test]
async fn a_limiter_that_fails_refuses_nobody() {
    let api = limited_with(LIMITS, |ports| {
        let mut limiter = MockRateLimiter::new();
        limiter.expect_check().returning(|_, _| {
            Err(StoreError::Defect {
                reason: "no such script".to_owned(),
            })
        });
        ports.limiter = Arc::new(limiter);
    })
    .await;
    for _ in 0..5 {
        assert_eq!(api.get(LIST).await.status, 200);
    }
}

/// Never answers.
struct Hanging;

#[async_trait]
impl RateLimiter for Hanging {
    async fn check(&self, _: LimitSubject, _: RateLimit) -> Result<Verdict, StoreError> {
        std::future::pending().await
    }
}

#[actix_web::test]
async fn a_limiter_that_hangs_ends_with_the_time_of_the_request() {
    let api = limited_with(LIMITS, |ports| {
        ports.settings.request_timeout = Duration::from_millis(20);
        ports.limiter = Arc::new(Hanging);
    })
    .await;
    assert!([200, 503].contains(&api.get(LIST).await.status.as_u16()));
}
