//! A limiter that is unavailable, fails or hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use adapter_rate_limits::MemoryRateLimiter;
use async_trait::async_trait;
use serde_json::json;
use testkit::FixedClock;
use users_domain::model::{LimitSubject, RateLimit, Verdict};
use users_domain::ports::{MockRateLimiter, RateLimiter, StoreError};

use crate::failures::unavailable;
use crate::support::ready;

use super::{CREATE, LIMITS, LIST, NO_KEY, limit_headers, limited_with};

#[actix_web::test]
async fn requests_are_admitted_while_the_limiter_is_unavailable() {
    let (calls, fails) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (called, failing) = (calls.clone(), fails.clone());
    let api = limited_with(LIMITS, |ports| {
        let counts = MemoryRateLimiter::new(Arc::new(FixedClock::default()));
        let mut limiter = MockRateLimiter::new();
        limiter.expect_check().returning(move |subject, limit| {
            called.fetch_add(1, Ordering::SeqCst);
            if failing.load(Ordering::SeqCst) {
                return Err(unavailable());
            }
            ready(counts.check(subject, limit))
        });
        ports.limiter = Arc::new(limiter);
    })
    .await;
    for status in [200, 200, 200, 429] {
        assert_eq!(api.get(LIST).await.status, status);
    }
    fails.store(true, Ordering::SeqCst);
    for number in 0..5 {
        let list = api.get(LIST).await;
        assert_eq!((list.status.as_u16(), limit_headers(&list)), (200, vec![]));
        let created = api.post(CREATE, json!({"vendor_data": number.to_string()})).await;
        assert_eq!((created.status.as_u16(), limit_headers(&created)), (201, vec![]));
        let anonymous = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
        anonymous.assert(401, &json!({ "detail": NO_KEY }));
    }
    fails.store(false, Ordering::SeqCst);
    assert_eq!(api.get(LIST).await.status, 429);
    assert_eq!(calls.load(Ordering::SeqCst), 4 + 15 + 1);
}

#[actix_web::test]
async fn requests_are_admitted_while_the_limiter_fails() {
    let api = limited_with(LIMITS, |ports| {
        let mut limiter = MockRateLimiter::new();
        let defect = || StoreError::Defect { reason: "no such script".to_owned() };
        limiter.expect_check().returning(move |_, _| Err(defect()));
        ports.limiter = Arc::new(limiter);
    })
    .await;
    for _ in 0..5 {
        assert_eq!(api.get(LIST).await.status, 200);
    }
}

/// Never responds.
struct Hanging;

#[async_trait]
impl RateLimiter for Hanging {
    async fn check(&self, _: LimitSubject, _: RateLimit) -> Result<Verdict, StoreError> {
        std::future::pending().await
    }
}

#[actix_web::test]
async fn a_hanging_limiter_is_abandoned_at_the_request_deadline() {
    let api = limited_with(LIMITS, |ports| {
        ports.settings.request_timeout = Duration::from_millis(20);
        ports.limiter = Arc::new(Hanging);
    })
    .await;
    assert!([200, 503].contains(&api.get(LIST).await.status.as_u16()));
}
