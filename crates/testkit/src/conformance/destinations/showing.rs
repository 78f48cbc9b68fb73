//! Lists and summaries of destinations.

use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, AttemptTrigger, DeliveryStats, Destination, DestinationState,
    DisabledReason,
};

use crate::conformance::WebhookSubject;
use crate::{a_destination, a_recovery, an_attempt, base_time};

/// The list contains disabled destinations and delivery statistics, and no destinations of other applications.
pub async fn destinations_are_listed_oldest_first(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    subject.a_destination().await;
    let mut expected = Vec::new();
    for age in [3_u64, 1, 4, 2] {
        let plain = a_destination(application);
        let state = if age == 4 {
            DestinationState::Disabled { reason: DisabledReason::Client, since: base_time() }
        } else {
            plain.state
        };
        let destination = Destination { created_at: base_time().plus_millis(age), state, ..plain };
        expected.push(subject.has(destination).await);
    }
    let tried = expected.first().expect("a destination").clone();
    let attempt = subject.attempts.add(an_attempt(&tried)).await;
    let attempt = attempt.expect("the attempt is logged");
    expected.sort_by_key(|destination| destination.created_at);
    let listed = subject.destinations.list(application).await;
    let listed = listed.expect("the store answers");
    for overview in &listed {
        let stats = if overview.destination.id == tried.id {
            DeliveryStats {
                attempts: 1,
                failures: 1,
                total_duration_ms: attempt.duration_ms.into(),
                min_duration_ms: Some(attempt.duration_ms.into()),
                max_duration_ms: Some(attempt.duration_ms.into()),
                last_attempt_at: Some(attempt.created_at),
            }
        } else {
            DeliveryStats::default()
        };
        assert_eq!(overview.stats, stats);
    }
    let listed: Vec<_> = listed.into_iter().map(|overview| overview.destination).collect();
    assert_eq!(listed, expected);
}

/// Covers the counts, the oldest waiting delivery, the latest failure and the latest recovery.
pub async fn the_summary_has_waiting_and_failed_deliveries(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let fresh = subject.detail(&destination).await.summary;
    assert_eq!((fresh.waiting, fresh.dead_letters), (0, 0));
    assert_eq!(fresh.oldest_waiting_since, None);
    assert_eq!((fresh.last_failure, fresh.last_recovery), (None, None));

    let waiting = subject.waits(&destination, &[1, 1, 2]).await;
    let letter = subject.a_delivery(&destination, 7, 7).await;
    let now = subject.queue.now().await;
    subject.queue.put_dead_letter(&destination, letter, now).await;
    let failed = logged(subject, an_attempt(&destination)).await;
    let dead = Attempt {
        outcome: AttemptOutcome::DeadLettered,
        trigger: AttemptTrigger::Resend,
        next_attempt_at: None,
        ..an_attempt(&destination)
    };
    let dead = logged(subject, dead).await;
    let delivered = Attempt {
        outcome: AttemptOutcome::Delivered,
        status_code: Some(204),
        error: None,
        next_attempt_at: None,
        ..an_attempt(&destination)
    };
    logged(subject, delivered).await;
    let latest =
        if (dead.created_at, dead.id) > (failed.created_at, failed.id) { dead } else { failed };
    let recovery = a_recovery(&destination, now);
    let started = subject.recoveries.start(recovery).await;
    let started = started.expect("the store answers").expect("a recovery");

    let summary = subject.detail(&destination).await.summary;
    assert_eq!((summary.waiting, summary.dead_letters), (3, 1));
    let oldest = waiting.first().map(|row| row.event_recorded_at);
    assert_eq!(summary.oldest_waiting_since, oldest);
    assert_eq!(summary.last_failure, Some(latest));
    assert_eq!(summary.last_recovery, Some(started));
}

async fn logged(subject: &WebhookSubject, attempt: Attempt) -> Attempt {
    let added = subject.attempts.add(attempt).await;
    added.expect("the attempt is logged")
}
