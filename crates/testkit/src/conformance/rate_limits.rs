//! What every `RateLimiter` must do. Each clause asks for subjects that no other has.

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
    /// Counts.
    pub limiter: Arc<dyn RateLimiter>,
    /// Shares its counts, as one of another process would; the same one where counts are not shared.
    pub elsewhere: Arc<dyn RateLimiter>,
    /// The clock of both.
    pub clock: Arc<FixedClock>,
    /// Looks at what no port shows.
    pub memory: Arc<dyn InspectCounts>,
}

/// Looks at what is kept of subjects.
#[async_trait]
pub trait InspectCounts: Send + Sync {
    /// Lets so much time go by, in whatever way counts age.
    async fn let_subjects_age(&self, span: Duration);

    /// How many subjects are kept of which nothing counts any more, and which nothing will give back in time.
    async fn idle_subjects_kept(&self) -> usize;
}

/// A random walk through a minute and more, with a clock that is set back at times and limits that change: each answer
/// is the one of the rule.
pub async fn it_answers_as_the_rule_does(subject: &RateLimitSubject) {
    let step = prop_oneof![
        3 => Just(0),
        6 => 0..20_000_000_i64,
        1 => prop_oneof![Just(WINDOW - 1), Just(WINDOW), Just(WINDOW + 1)],
        1 => -WINDOW..0,
        1 => -3 * WINDOW..-WINDOW,
    ];
    let walks = vec((step, 1..6_u32, any::<bool>()), 1..40);
    let subject = subject.clone();
    for_all(40, &walks, move |walk| {
        let (subject, asks) = (subject.clone(), a_key_that_writes());
        async move {
            let mut rule = SlidingWindow::default();
            for (number, (step, limit, elsewhere)) in walk.into_iter().enumerate() {
                subject.clock.advance(step);
                let limiter = if elsewhere {
                    &subject.elsewhere
                } else {
                    &subject.limiter
                };
                let verdict = limiter.check(asks, per_minute(limit)).await;
                let expected = rule.check(subject.clock.now(), per_minute(limit));
                assert_eq!(verdict, Ok(expected), "check {number}");
            }
        }
    })
    .await;
}

/// From its very microsecond up to the last one of the window, and no longer.
pub async fn an_admitted_request_counts_for_the_window_after_it(subject: &RateLimitSubject) {
    let (asks, limit) = (a_key_that_writes(), 2);
    let first = check(subject, asks, limit).await;
    assert_eq!((first.admitted, first.remaining), (true, 1));
    assert_eq!(
        (first.next_in, first.full_in),
        (Duration::ZERO, RateLimit::WINDOW)
    );
    subject.clock.advance(1_000_000);
    assert!(check(subject, asks, limit).await.admitted);

    subject.clock.advance(WINDOW - 1_000_001);
    let refused = check(subject, asks, limit).await;
    assert_eq!((refused.admitted, refused.remaining), (false, 0));
    assert_eq!(refused.next_in, Duration::from_micros(1));
    assert_eq!(refused.full_in, Duration::from_micros(1_000_001));
    subject.clock.advance(1);
    assert!(check(subject, asks, limit).await.admitted);
    assert!(!check(subject, asks, limit).await.admitted);
}

/// Also where one process after the other is asked, and a thousand ask in vain.
pub async fn what_is_not_admitted_does_not_count(subject: &RateLimitSubject) {
    let (asks, limit) = (a_key_that_writes(), 3);
    for _ in 0..3 {
        assert!(check(subject, asks, limit).await.admitted);
    }
    for _ in 0..500 {
        assert!(!check(subject, asks, limit).await.admitted);
        let elsewhere = subject.elsewhere.check(asks, per_minute(limit)).await;
        assert!(!elsewhere.expect("the limiter answers").admitted);
        subject.clock.advance(10_000);
    }
    subject.clock.advance(WINDOW - 500 * 10_000);
    for remaining in [2, 1, 0] {
        let verdict = check(subject, asks, limit).await;
        assert_eq!((verdict.admitted, verdict.remaining), (true, remaining));
    }
}

/// For what was admitted before as well.
pub async fn a_changed_limit_holds_from_the_next_check_on(subject: &RateLimitSubject) {
    let asks = a_key_that_writes();
    for _ in 0..4 {
        assert!(check(subject, asks, 4).await.admitted);
        subject.clock.advance(1_000_000);
    }
    let lower = check(subject, asks, 2).await;
    assert_eq!((lower.admitted, lower.remaining), (false, 0));
    assert_eq!(lower.next_in, Duration::from_secs(58));
    let higher = check(subject, asks, 6).await;
    assert_eq!((higher.admitted, higher.remaining), (true, 1));
}

/// Neither what a key reads and writes, nor two keys, nor a key's id in two applications, nor two networks.
pub async fn subjects_and_applications_do_not_share(subject: &RateLimitSubject) {
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
        LimitSubject::KeyReads {
            application,
            key: a_key(),
        },
        LimitSubject::KeyReads {
            application: other,
            key,
        },
        LimitSubject::KeyWrites {
            application: other,
            key,
        },
        v6(0, 1),
        v6(1, 1),
        LimitSubject::Address(ClientNetwork::of(v4.into())),
        LimitSubject::Address(ClientNetwork::of(neighbour.into())),
        LimitSubject::Public(ClientNetwork::of(v4.into())),
    ];
    for asks in subjects {
        assert!(check(subject, asks, 1).await.admitted, "{asks:?}");
    }
    let within = LimitSubject::Address(ClientNetwork::of(v4.to_ipv6_mapped().into()));
    for asks in subjects.into_iter().chain([v6(0, 2), within]) {
        assert!(!check(subject, asks, 1).await.admitted, "{asks:?}");
    }
}

/// Neither by a little nor by years. When it was set back by years, what was admitted still ends, after a window.
pub async fn a_clock_that_is_set_back_admits_no_more(subject: &RateLimitSubject) {
    let year = 365 * 24 * 60 * WINDOW;
    for back in [1, WINDOW, WINDOW + 1, year] {
        let (asks, limit) = (a_key_that_writes(), 2);
        assert!(check(subject, asks, limit).await.admitted);
        subject.clock.advance(1_000_000);
        assert!(check(subject, asks, limit).await.admitted);
        subject.clock.advance(-back);
        for _ in 0..3 {
            assert!(!check(subject, asks, limit).await.admitted, "{back}");
        }
        let refused = check(subject, asks, limit).await;
        assert!(refused.full_in <= 2 * RateLimit::WINDOW, "{back}");
        let wait = i64::try_from(refused.next_in.as_micros()).expect("a span");
        subject.clock.advance(wait - 1);
        assert!(!check(subject, asks, limit).await.admitted, "{back}");
        subject.clock.advance(1);
        assert!(check(subject, asks, limit).await.admitted, "{back}");
    }
}

/// Through two processes, while time runs on: each place is given away once.
pub async fn as_many_as_the_limit_are_admitted_of_those_that_ask_at_once(
    subject: &RateLimitSubject,
) {
    let (asks, limit) = (a_key_that_writes(), 40);
    subject.clock.tick_by(1);
    let tasks = (0..12).map(|number| {
        let limiter = if number % 2 == 0 {
            &subject.limiter
        } else {
            &subject.elsewhere
        };
        let limiter = Arc::clone(limiter);
        async move {
            let mut places = Vec::new();
            for _ in 0..10 {
                let verdict = limiter.check(asks, per_minute(limit)).await;
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

/// When nothing of them counts any more, while others ask.
pub async fn what_is_kept_of_subjects_that_ask_no_more_is_given_back(subject: &RateLimitSubject) {
    for _ in 0..50 {
        check(subject, a_key_that_writes(), 5).await;
    }
    let busy = a_key_that_writes();
    check(subject, busy, 1000).await;
    subject.memory.let_subjects_age(2 * RateLimit::WINDOW).await;
    for _ in 0..50 {
        check(subject, busy, 1000).await;
    }
    assert_eq!(subject.memory.idle_subjects_kept().await, 0);
}

async fn check(subject: &RateLimitSubject, asks: LimitSubject, limit: u32) -> Verdict {
    let verdict = subject.limiter.check(asks, per_minute(limit)).await;
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
    LimitSubject::KeyWrites {
        application: an_application(),
        key: a_key(),
    }
}

/// Makes one test per clause of a `RateLimiter`. Takes the path of an asynchronous function that makes a
/// [`RateLimitSubject`].
#[macro_export]
macro_rules! rate_limiter_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            rate_limits,
            [
                it_answers_as_the_rule_does,
                an_admitted_request_counts_for_the_window_after_it,
                what_is_not_admitted_does_not_count,
                a_changed_limit_holds_from_the_next_check_on,
                subjects_and_applications_do_not_share,
                a_clock_that_is_set_back_admits_no_more,
                as_many_as_the_limit_are_admitted_of_those_that_ask_at_once,
                what_is_kept_of_subjects_that_ask_no_more_is_given_back,
            ]
        );
    };
}
