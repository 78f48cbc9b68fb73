use std::time::Duration;

use prometheus_client::encoding::text::encode;
use users_domain::ports::MockRateLimiter;

use super::*;

fn verdict(admitted: bool, limit: RateLimit) -> Verdict {
    Verdict {
        admitted,
        limit,
        remaining: 0,
        next_in: Duration::from_secs(1),
        full_in: Duration::from_secs(1),
    }
}

#[tokio::test]
async fn every_verdict_is_counted_once_and_returned() {
    let mut inner = MockRateLimiter::new();
    let mut answers = vec![Some(true), Some(false), Some(false), None].into_iter();
    inner.expect_check().times(4).returning(move |_, limit| {
        let admitted = answers.next().flatten();
        let away = || StoreError::Unavailable { reason: "away".to_owned() };
        admitted.map(|admitted| verdict(admitted, limit)).ok_or_else(away)
    });
    let mut registry = Registry::with_prefix("users");
    let limiter = ObservedLimiter::registered(Arc::new(inner), &mut registry);
    let subject = LimitSubject::of_address([192, 0, 2, 1].into());
    let limit = RateLimit::per_minute(1).unwrap();
    for expected in [Some(true), Some(false), Some(false), None] {
        let answer = limiter.check(subject, limit).await;
        assert_eq!(answer.ok().map(|verdict| verdict.admitted), expected);
    }
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for (requests, outcome, count) in [
        ("unauthenticated", ADMITTED, 1),
        ("unauthenticated", REFUSED, 2),
        ("unauthenticated", UNCOUNTED, 1),
        ("read", ADMITTED, 0),
        ("write", UNCOUNTED, 0),
    ] {
        let line = format!(
            "users_rate_limit_checks_total{{requests=\"{requests}\",outcome=\"{outcome}\"}} {count}\n"
        );
        assert!(text.contains(&line), "{line}{text}");
    }
}
