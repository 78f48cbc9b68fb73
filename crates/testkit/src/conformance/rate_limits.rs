//! Requirements for every `RateLimiter`. Each clause uses unique subjects.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use proptest::collection::vec;
use proptest::prelude::*;
use users_domain::model::{
    ApplicationId, ClientNetwork, KeyId, LimitSubject, RateLimit, Verdict, random_uuid,
};
use users_domain::ports::{Clock as _, RateLimiter};
use users_domain::rules::SlidingWindow;

use super::at_once::at_once;
use crate::{FixedClock, base_time, for_all, unique_seed};

const WINDOW: i64 = 60_000_000;

/// A `RateLimiter` under test.
#[derive(Clone)]
pub struct RateLimitSubject {
    /// The limiter.
    pub limiter: Arc<dyn RateLimiter>,
    /// A limiter with shared counts, as in another process; the same limiter if counts are not shared.
    pub elsewhere: Arc<dyn RateLimiter>,
    /// The clock of both.
    pub clock: Arc<FixedClock>,
    /// Reads data that no port returns.
    pub memory: Arc<dyn InspectCounts>,
}

/// Reads stored subjects past the port.
#[async_trait]
pub trait InspectCounts: Send + Sync {
    /// Makes stored counts older by `span`.
    async fn let_subjects_age(&self, span: Duration);

    /// The number of stored subjects without current counts that would not be removed in time.
    async fn stored_idle_subjects(&self) -> usize;
}

/// Random checks over more than a minute, with a clock that is sometimes set back and with changing limits. Each
/// verdict equals the one of `SlidingWindow`.
pub async fn verdicts_equal_those_of_the_sliding_window(subject: &RateLimitSubject) {
    let step = prop_oneof![
        3 => Just(0),
        6 => 0..20_000_000_i64,
        1 => prop_oneof![Just(WINDOW - 1), Just(WINDOW), Just(WINDOW + 1)],
        1 => -WINDOW..0,
        1 => -3 * WINDOW..-WINDOW,
    ];
    let sequences = vec((step, 1..6_u32, any::<bool>()), 1..40);
    let subject = subject.clone();
    for_all(40, &sequences, move |checks| {
        let (subject, requester) = (subject.clone(), a_key_that_writes());
        async move {
            let mut rule = SlidingWindow::default();
            for (number, (step, limit, elsewhere)) in checks.into_iter().enumerate() {
                subject.clock.advance(step);
                let limiter = if elsewhere { &subject.elsewhere } else { &subject.limiter };
                let verdict = limiter.check(requester, per_minute(limit)).await;
                let expected = rule.check(subject.clock.now(), per_minute(limit));
                assert_eq!(verdict, Ok(expected), "check {number}");
            }
        }
    })
    .await;
}

/// It counts from its own microsecond up to the last one of the window.
pub async fn an_admitted_request_counts_for_one_window(subject: &RateLimitSubject) {
    let (requester, limit) = (a_key_that_writes(), 2);
    let first = check(subject, requester, limit).await;
    assert_eq!((first.admitted, first.remaining), (true, 1));
    assert_eq!((first.next_in, first.full_in), (Duration::ZERO, RateLimit::WINDOW));
    subject.clock.advance(1_000_000);
    assert!(check(subject, requester, limit).await.admitted);

    subject.clock.advance(WINDOW - 1_000_001);
    let refused = check(subject, requester, limit).await;
    assert_eq!((refused.admitted, refused.remaining), (false, 0));
    assert_eq!(refused.next_in, Duration::from_micros(1));
    assert_eq!(refused.full_in, Duration::from_micros(1_000_001));
    subject.clock.advance(1);
    assert!(check(subject, requester, limit).await.admitted);
    assert!(!check(subject, requester, limit).await.admitted);
}

/// Two processes alternately refuse a thousand requests.
pub async fn refused_requests_do_not_count(subject: &RateLimitSubject) {
    let (requester, limit) = (a_key_that_writes(), 3);
    for _ in 0..3 {
        assert!(check(subject, requester, limit).await.admitted);
    }
    for _ in 0..500 {
        assert!(!check(subject, requester, limit).await.admitted);
        let elsewhere = subject.elsewhere.check(requester, per_minute(limit)).await;
        assert!(!elsewhere.expect("the limiter answers").admitted);
        subject.clock.advance(10_000);
    }
    subject.clock.advance(WINDOW - 500 * 10_000);
    for remaining in [2, 1, 0] {
        let verdict = check(subject, requester, limit).await;
        assert_eq!((verdict.admitted, verdict.remaining), (true, remaining));
    }
}

/// The new limit also applies to requests that were admitted before.
pub async fn a_changed_limit_applies_from_the_next_check(subject: &RateLimitSubject) {
    let requester = a_key_that_writes();
    for _ in 0..4 {
        assert!(check(subject, requester, 4).await.admitted);
        subject.clock.advance(1_000_000);
    }
    let lower = check(subject, requester, 2).await;
    assert_eq!((lower.admitted, lower.remaining), (false, 0));
    assert_eq!(lower.next_in, Duration::from_secs(58));
    let higher = check(subject, requester, 6).await;
    assert_eq!((higher.admitted, higher.remaining), (true, 1));
}

/// Covers reads and writes of a key, two keys, one key id in two applications, and two networks.
pub async fn subjects_and_applications_are_counted_separately(subject: &RateLimitSubject) {
    let (application, key) = (an_application(), a_key());
    let other = an_application();
    let prefix = random_uuid(base_time(), unique_seed()).as_u128();
    let v6 = |network: u64, host: u64| {
        let address = (prefix ^ u128::from(network)) << 64 | u128::from(host);
        LimitSubject::Address(ClientNetwork::of(Ipv6Addr::from(address).into()))
    };
    let [a, b, c, d, ..] = unique_seed();
    let v4 = Ipv4Addr::new(a | 1, b, c, d);
    let neighbour = Ipv4Addr::from(u32::from(v4) ^ 1);
    let subjects = [
        LimitSubject::KeyReads { application, key },
        LimitSubject::KeyWrites { application, key },
        LimitSubject::KeyReads { application, key: a_key() },
        LimitSubject::KeyReads { application: other, key },
        LimitSubject::KeyWrites { application: other, key },
        v6(0, 1),
        v6(1, 1),
        LimitSubject::Address(ClientNetwork::of(v4.into())),
        LimitSubject::Address(ClientNetwork::of(neighbour.into())),
        LimitSubject::Public(ClientNetwork::of(v4.into())),
    ];
    for requester in subjects {
        assert!(check(subject, requester, 1).await.admitted, "{requester:?}");
    }
    let within = LimitSubject::Address(ClientNetwork::of(v4.to_ipv6_mapped().into()));
    for requester in subjects.into_iter().chain([v6(0, 2), within]) {
        assert!(!check(subject, requester, 1).await.admitted, "{requester:?}");
    }
}

/// Covers steps from a microsecond to a year. Even after a step of a year, admitted requests expire after a window.
pub async fn a_clock_set_back_admits_no_more_requests(subject: &RateLimitSubject) {
    let year = 365 * 24 * 60 * WINDOW;
    for back in [1, WINDOW, WINDOW + 1, year] {
        let (requester, limit) = (a_key_that_writes(), 2);
        assert!(check(subject, requester, limit).await.admitted);
        subject.clock.advance(1_000_000);
        assert!(check(subject, requester, limit).await.admitted);
        subject.clock.advance(-back);
        for _ in 0..3 {
            assert!(!check(subject, requester, limit).await.admitted, "{back}");
        }
        let refused = check(subject, requester, limit).await;
        assert!(refused.full_in <= 2 * RateLimit::WINDOW, "{back}");
        let wait = i64::try_from(refused.next_in.as_micros()).expect("a span");
        subject.clock.advance(wait - 1);
        assert!(!check(subject, requester, limit).await.admitted, "{back}");
        subject.clock.advance(1);
        assert!(check(subject, requester, limit).await.admitted, "{back}");
    }
}

/// Two processes admit requests while time advances. Each remaining count is returned once.
pub async fn concurrent_requests_are_admitted_up_to_the_limit(subject: &RateLimitSubject) {
    let (requester, limit) = (a_key_that_writes(), 40);
    subject.clock.tick_by(1);
    let tasks = (0..12).map(|number| {
        let limiter = if number % 2 == 0 { &subject.limiter } else { &subject.elsewhere };
        let limiter = Arc::clone(limiter);
        async move {
            let mut places = Vec::new();
            for _ in 0..10 {
                let verdict = limiter.check(requester, per_minute(limit)).await;
                let verdict = verdict.expect("the limiter answers");
                places.extend(verdict.admitted.then_some(verdict.remaining));
            }
            places
        }
    });
    let mut places = at_once(tasks.collect()).await.concat();
    subject.clock.tick_by(0);
    places.sort_unstable();
    assert_eq!(places, (0..limit).collect::<Vec<_>>());
}

/// Subjects without current counts are removed during checks of other subjects.
pub async fn idle_subjects_are_removed(subject: &RateLimitSubject) {
    for _ in 0..50 {
        check(subject, a_key_that_writes(), 5).await;
    }
    let busy = a_key_that_writes();
    check(subject, busy, 1000).await;
    subject.memory.let_subjects_age(2 * RateLimit::WINDOW).await;
    for _ in 0..50 {
        check(subject, busy, 1000).await;
    }
    assert_eq!(subject.memory.stored_idle_subjects().await, 0);
}

async fn check(subject: &RateLimitSubject, requester: LimitSubject, limit: u32) -> Verdict {
    let verdict = subject.limiter.check(requester, per_minute(limit)).await;
    verdict.expect("the limiter answers")
}

fn per_minute(requests: u32) -> RateLimit {
    RateLimit::per_minute(requests).expect("a limit")
}

fn an_application() -> ApplicationId {
    ApplicationId::new(random_uuid(base_time(), unique_seed()))
}

fn a_key() -> KeyId {
    KeyId::new(random_uuid(base_time(), unique_seed()))
}

fn a_key_that_writes() -> LimitSubject {
    LimitSubject::KeyWrites { application: an_application(), key: a_key() }
}
