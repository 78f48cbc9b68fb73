use uuid::Uuid;

use super::*;

fn application(number: usize) -> ApplicationId {
    ApplicationId::new(Uuid::from_u128(number as u128))
}

#[test]
fn sends_are_limited_per_application_and_in_total() {
    let limiter = SendLimiter::default();
    let mut permits = Vec::new();
    for number in 0..SENDS_AT_ONCE / SENDS_OF_ONE {
        for _ in 0..SENDS_OF_ONE {
            permits.push(limiter.acquire(application(number)).expect("a permit"));
        }
        assert!(limiter.acquire(application(number)).is_none(), "{number}");
    }
    assert!(limiter.acquire(application(99)).is_none(), "no permit is free");

    drop(permits.pop());
    assert!(limiter.acquire(application(0)).is_none(), "the application has reached its limit");
    permits.push(limiter.acquire(application(99)).expect("a permit"));
    assert!(limiter.acquire(application(3)).is_none(), "no permit is free");
    permits.clear();
    assert!(limiter.in_use().is_empty(), "released permits leave no entries");
}
