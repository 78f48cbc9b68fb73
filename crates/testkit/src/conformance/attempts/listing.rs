//! Lists of attempts.

use std::cmp::Reverse;

use users_domain::model::webhooks::{
    Attempt, AttemptFilter, AttemptOutcome, AttemptQuery, AttemptStart, Destination,
};
use users_domain::model::{PageSize, TimeRange, Timestamp};

use crate::conformance::WebhookSubject;
use crate::{a_destination, an_attempt, newest_attempts};

/// Covers keyset and offset paging, with equal times. New attempts do not shift pages of keyset paging.
pub async fn paging_returns_every_attempt_once_newest_first(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let neighbour = subject.has(a_destination(destination.application)).await;
    let now = subject.queue.now().await;
    subject.queue.put_attempt(an_attempt(&neighbour)).await;
    let mut expected = Vec::new();
    for age in [5, 3, 3, 3, 9, 1, 1, 7, 3, 0, 4] {
        expected.push(put(subject, &destination, before(now, age), AttemptOutcome::Failed).await);
    }
    expected.sort_by_key(|attempt| Reverse((attempt.created_at, attempt.id)));

    for size in [1, 2, 3, 5, 11, 12] {
        let mut by_offset = Vec::new();
        loop {
            let start = AttemptStart::Offset(by_offset.len() as u64);
            let (attempts, more) = page(subject, &destination, start, size).await;
            by_offset.extend(attempts);
            if !more {
                break;
            }
        }
        assert_eq!(by_offset, expected, "pages of {size}");
    }
    let past = AttemptStart::Offset(1_000_000);
    assert_eq!(page(subject, &destination, past, 1).await, (Vec::new(), false));

    for size in [1, 2, 3, 5, 11, 12] {
        let mut by_keyset: Vec<Attempt> = Vec::new();
        loop {
            let start = by_keyset.last().map_or(AttemptStart::Offset(0), |last| {
                AttemptStart::After { created_at: last.created_at, id: last.id }
            });
            let (attempts, more) = page(subject, &destination, start, size).await;
            by_keyset.extend(attempts);
            if !more {
                break;
            }
            put(subject, &destination, later(now, size), AttemptOutcome::Failed).await;
        }
        by_keyset.retain(|attempt| attempt.created_at <= now);
        assert_eq!(by_keyset, expected, "pages of {size}");
    }
}

/// The start is inclusive and the end is exclusive.
pub async fn attempts_are_filtered_by_time_and_outcome(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let mut all = Vec::new();
    for age in [4, 3, 2, 1, 0] {
        for outcome in AttemptOutcome::ALL {
            all.push(put(subject, &destination, before(now, age), outcome).await);
        }
    }
    all.sort_by_key(|attempt| Reverse((attempt.created_at, attempt.id)));
    let [delivered, failed, dead] = AttemptOutcome::ALL;
    let outcomes = [
        None,
        Some(vec![]),
        Some(vec![dead]),
        Some(vec![failed, delivered]),
        Some(AttemptOutcome::ALL.into()),
    ];
    for outcomes in outcomes {
        for from in [None, Some(before(now, 3)), Some(later(now, 1))] {
            for to in [None, Some(before(now, 1)), Some(before(now, 9))] {
                let filter = AttemptFilter {
                    created_at: TimeRange { from, before: to },
                    outcomes: outcomes.clone(),
                };
                let is_requested = |attempt: &&Attempt| {
                    filter.created_at.contains(attempt.created_at)
                        && outcomes
                            .as_ref()
                            .is_none_or(|outcomes| outcomes.contains(&attempt.outcome))
                };
                let expected: Vec<_> = all.iter().filter(is_requested).cloned().collect();
                let query = AttemptQuery { filter: filter.clone(), ..newest_attempts() };
                let (application, id) = (destination.application, destination.id);
                let page = subject.attempts.list(application, id, &query).await;
                let page = page.expect("the store answers");
                assert_eq!(page.attempts, expected, "{filter:?}");
                assert!(!page.more);
            }
        }
    }
}

async fn page(
    subject: &WebhookSubject,
    destination: &Destination,
    start: AttemptStart,
    size: u64,
) -> (Vec<Attempt>, bool) {
    let query =
        AttemptQuery { start, limit: PageSize::new(size).expect("a size"), ..newest_attempts() };
    let (application, id) = (destination.application, destination.id);
    let page = subject.attempts.list(application, id, &query).await;
    let page = page.expect("the store answers");
    assert!(page.attempts.len() as u64 <= size);
    (page.attempts, page.more)
}

async fn put(
    subject: &WebhookSubject,
    destination: &Destination,
    created_at: Timestamp,
    outcome: AttemptOutcome,
) -> Attempt {
    let attempt = Attempt { created_at, outcome, ..an_attempt(destination) };
    subject.queue.put_attempt(attempt.clone()).await;
    attempt
}

fn before(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros() - micros).expect("a time")
}

fn later(time: Timestamp, millis: u64) -> Timestamp {
    time.plus_millis(millis)
}
