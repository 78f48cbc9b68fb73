//! Adding attempts, and isolation between destinations and applications.

use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, AttemptPage, AttemptTrigger, DeliveryStats, TransportError,
};

use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;
use crate::{a_destination, an_attempt, newest_attempts};

/// Covers every error, trigger and outcome.
pub async fn an_attempt_is_found_as_it_was_added_with_the_stores_time(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let (application, id) = (destination.application, destination.id);
    let plain = || an_attempt(&destination);
    let mut attempts: Vec<_> = TransportError::ALL
        .into_iter()
        .map(|error| Attempt { error: Some(error), ..plain() })
        .collect();
    attempts.extend(AttemptTrigger::ALL.map(|trigger| Attempt {
        trigger,
        outcome: AttemptOutcome::Delivered,
        status_code: Some(299),
        error: None,
        next_attempt_at: None,
        ..plain()
    }));
    attempts.push(Attempt {
        webhook_type: "webhook.test".to_owned(),
        number: 12,
        status_code: Some(999),
        duration_ms: 0,
        outcome: AttemptOutcome::DeadLettered,
        ..plain()
    });
    for attempt in attempts {
        let before = subject.queue.now().await;
        let added = subject.attempts.add(attempt.clone()).await;
        let added = added.expect("the attempt is logged");
        assert!(before <= added.created_at);
        assert!(added.created_at <= subject.queue.now().await);
        let expected = Attempt { created_at: added.created_at, ..attempt };
        assert_eq!(added, expected);
        let found = subject.attempts.find(application, id, expected.id).await;
        assert_eq!(found, Ok(Some(expected)));
    }
}

/// Neither `find` nor `list` returns them.
pub async fn attempts_of_another_application_or_destination_are_not_found(
    subject: &WebhookSubject,
) {
    let theirs = subject.a_destination().await;
    let neighbour = subject.has(a_destination(theirs.application)).await;
    let stranger = subject.an_application().await;
    let attempt = subject.attempts.add(an_attempt(&theirs)).await;
    let attempt = attempt.expect("the attempt is logged");
    for (application, destination) in
        [(theirs.application, neighbour.id), (stranger, theirs.id), (stranger, neighbour.id)]
    {
        let log = &subject.attempts;
        let found = log.find(application, destination, attempt.id).await;
        assert_eq!(found, Ok(None));
        let page = log.list(application, destination, &newest_attempts()).await;
        let empty = AttemptPage { attempts: Vec::new(), more: false };
        assert_eq!(page, Ok(empty));
    }
}

/// The statistics contain all attempts, failures and durations.
pub async fn concurrently_added_attempts_are_all_counted(subject: &WebhookSubject) {
    const EACH: usize = 4;

    let destination = subject.a_destination().await;
    let neighbour = subject.has(a_destination(destination.application)).await;
    let mut adding = Vec::new();
    for _ in 0..EACH {
        for (number, outcome) in (1..).zip(AttemptOutcome::ALL) {
            let log = subject.attempts.clone();
            let attempt = Attempt { duration_ms: 10 * number, outcome, ..an_attempt(&destination) };
            adding.push(async move { log.add(attempt).await });
        }
    }
    let added = at_once(adding).await;
    let times = added.into_iter().map(|added| added.map(|one| one.created_at));
    let times: Result<Vec<_>, _> = times.collect();
    let times = times.expect("all attempts are logged");
    let listed = subject.destinations.list(destination.application).await;
    for overview in listed.expect("the store answers") {
        let expected = if overview.destination.id == neighbour.id {
            DeliveryStats::default()
        } else {
            DeliveryStats {
                attempts: 3 * EACH as u64,
                failures: 2 * EACH as u64,
                total_duration_ms: 60 * EACH as u64,
                min_duration_ms: Some(10),
                max_duration_ms: Some(30),
                last_attempt_at: times.iter().max().copied(),
            }
        };
        assert_eq!(overview.stats, expected);
    }
}

/// Dead letters of other events and destinations stay. Failed resends and other triggers remove nothing.
pub async fn a_delivered_resend_removes_the_dead_letter_of_its_event(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let neighbour = subject.has(a_destination(destination.application)).await;
    let resent = subject.a_delivery(&destination, 1, 1).await;
    let other = subject.a_delivery(&destination, 2, 1).await;
    let at = subject.queue.now().await;
    for (owner, row) in [(&destination, resent), (&destination, other), (&neighbour, resent)] {
        subject.queue.put_dead_letter(owner, row, at).await;
    }
    for (trigger, outcome, left) in [
        (AttemptTrigger::Resend, AttemptOutcome::Failed, 2),
        (AttemptTrigger::Test, AttemptOutcome::Delivered, 2),
        (AttemptTrigger::Resend, AttemptOutcome::Delivered, 1),
    ] {
        let attempt = Attempt {
            event: resent.event,
            event_recorded_at: resent.event_recorded_at,
            trigger,
            outcome,
            ..an_attempt(&destination)
        };
        assert!(subject.attempts.add(attempt).await.is_ok());
        let letters = subject.queue.dead_letters(&destination).await;
        assert_eq!(letters.len(), left, "{trigger:?} {outcome:?}");
    }
    let letters = subject.queue.dead_letters(&destination).await;
    assert_eq!(letters, [(other, at)]);
    assert_eq!(subject.queue.dead_letters(&neighbour).await, [(resent, at)]);
}

/// `add` still returns the attempt.
pub async fn an_attempt_at_a_removed_destination_is_not_stored(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let (application, id) = (destination.application, destination.id);
    assert_eq!(subject.destinations.remove(application, id).await, Ok(true));
    let attempt = an_attempt(&destination);
    let added = subject.attempts.add(attempt.clone()).await;
    assert!(added.is_ok_and(|added| added.id == attempt.id));
    let found = subject.attempts.find(application, id, attempt.id).await;
    assert_eq!(found, Ok(None));
}
