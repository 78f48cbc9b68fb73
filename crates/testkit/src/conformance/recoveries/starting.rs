//! Start and end of recoveries.

use users_domain::model::Timestamp;
use users_domain::model::webhooks::{Destination, Recovery, RecoveryState};

use crate::conformance::at_once::at_once;
use crate::conformance::{DeliveryRow, WebhookSubject};
use crate::{a_destination, a_recovery};

/// Its start time is the time of the store's clock.
pub async fn a_recovery_is_found_by_its_application_and_destination(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let neighbour = subject.has(a_destination(destination.application)).await;
    let stranger = subject.an_application().await;
    let now = subject.queue.now().await;
    let recovery = a_recovery(&destination, now);
    let started = started(subject, recovery.clone()).await;
    let expected = Recovery { created_at: started.created_at, ..recovery };
    assert_eq!(started, expected);
    assert!(started.created_at >= now);
    assert_eq!(found(subject, &destination, &started).await, Some(started.clone()));
    assert_eq!(found(subject, &neighbour, &started).await, None);
    let theirs = Destination { application: stranger, ..destination.clone() };
    assert_eq!(found(subject, &theirs, &started).await, None);

    let unknown = a_destination(destination.application);
    for nowhere in [theirs, unknown] {
        let refused = subject.recoveries.start(a_recovery(&nowhere, now)).await;
        assert_eq!(refused, Ok(None));
    }
}

/// `advance` finishes a recovery without dead letters and continues with the next one.
pub async fn an_empty_recovery_finishes_and_the_next_one_continues(subject: &WebhookSubject) {
    let empty = subject.a_destination().await;
    let full = subject.a_destination().await;
    let now = subject.queue.now().await;
    let letters = put_dead_letters(subject, &full, &[1, 2], now).await;
    let nothing = started(subject, a_recovery(&empty, now)).await;
    let something = started(subject, a_recovery(&full, now)).await;
    assert_eq!(advance_to_the_end(subject, 10).await, letters.len());
    for (destination, recovery, recovered) in [(&empty, nothing, 0), (&full, something, 2)] {
        let ended = found(subject, destination, &recovery).await.expect("the recovery");
        let finished_at = ended.finished_at.expect("it is finished");
        assert!(finished_at >= recovery.created_at);
        let expected = Recovery {
            state: RecoveryState::Finished,
            finished_at: Some(finished_at),
            recovered,
            ..recovery
        };
        assert_eq!(ended, expected);
    }
    assert_eq!(subject.recoveries.advance(10).await, Ok(0));
}

/// A recovery from an earlier time extends the running one, which starts again. A new recovery can start after the
/// running one has finished.
pub async fn a_destination_has_one_running_recovery_at_a_time(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let since = subject.queue.now().await;
    let before = Timestamp::from_unix_micros(since.unix_micros() - 1).expect("a time");
    let mut rows = Vec::new();
    for (queue_seq, dead_at) in [(1, before), (2, since), (3, since)] {
        let row = subject.a_delivery(&destination, queue_seq, queue_seq).await;
        let queue = &subject.queue;
        queue.put_dead_letter(&destination, row, dead_at).await;
        rows.push(as_recovered(row));
    }
    let starting = (0..4).map(|_| {
        let (store, recovery) = (subject.recoveries.clone(), a_recovery(&destination, since));
        async move { store.start(recovery).await }
    });
    let mut answers = at_once(starting.collect()).await;
    let running = answers.pop().expect("four answers");
    assert!(answers.iter().all(|answer| *answer == running));
    let running = running.expect("the store answers").expect("a recovery");
    assert_eq!(subject.recoveries.advance(1).await, Ok(1));

    let narrower = a_recovery(&destination, since.next_microsecond());
    let answer = started(subject, narrower).await;
    assert_eq!((answer.id, answer.since), (running.id, since));
    let wider = started(subject, a_recovery(&destination, before)).await;
    let expected = Recovery { since: before, recovered: 1, ..running };
    assert_eq!(wider, expected);
    assert_eq!(advance_to_the_end(subject, 1).await, 2);
    assert_eq!(subject.queue.deliveries(&destination).await, rows);

    let next = a_recovery(&destination, since);
    assert_eq!(started(subject, next.clone()).await.id, next.id);
}

/// Covers dead letters from before `since`, from after the start of the recovery, and of another destination.
pub async fn dead_letters_outside_the_recovery_stay(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let neighbour = subject.has(a_destination(destination.application)).await;
    let since = subject.queue.now().await;
    let before = Timestamp::from_unix_micros(since.unix_micros() - 1).expect("a time");
    let [early, at_that_time] = [before, since].map(|dead_at| (dead_at, 1));
    let mut letters = Vec::new();
    for (queue_seq, (dead_at, key)) in (1..).zip([early, at_that_time]) {
        let row = subject.a_delivery(&destination, queue_seq, key).await;
        subject.queue.put_dead_letter(&destination, row, dead_at).await;
        letters.push((row, dead_at));
    }
    let theirs = put_dead_letters(subject, &neighbour, &[1], since).await;
    let recovery = started(subject, a_recovery(&destination, since)).await;
    let row = subject.a_delivery(&destination, 3, 1).await;
    let after = recovery.created_at.next_microsecond();
    subject.queue.put_dead_letter(&destination, row, after).await;
    letters.push((row, after));

    assert_eq!(advance_to_the_end(subject, 10).await, 1);
    let recovered = letters.remove(1).0;
    assert_eq!(subject.queue.dead_letters(&destination).await, letters);
    let waiting = subject.queue.deliveries(&destination).await;
    assert_eq!(waiting, [as_recovered(recovered)]);
    assert_eq!(subject.queue.deliveries(&neighbour).await, []);
    let remaining = subject.queue.dead_letters(&neighbour).await;
    assert_eq!(remaining.len(), theirs.len());
}

/// Stores dead letters of these ordering keys at the positions 1, 2, …
pub(super) async fn put_dead_letters(
    subject: &WebhookSubject,
    owner: &Destination,
    order_keys: &[i64],
    dead_at: Timestamp,
) -> Vec<DeliveryRow> {
    let mut rows = Vec::new();
    for (queue_seq, key) in (1..).zip(order_keys) {
        let row = subject.a_delivery(owner, queue_seq, *key).await;
        subject.queue.put_dead_letter(owner, row, dead_at).await;
        rows.push(row);
    }
    rows
}

pub(super) async fn started(subject: &WebhookSubject, recovery: Recovery) -> Recovery {
    let started = subject.recoveries.start(recovery).await;
    started.expect("the store answers").expect("the destination")
}

pub(super) async fn found(
    subject: &WebhookSubject,
    owner: &Destination,
    recovery: &Recovery,
) -> Option<Recovery> {
    let (application, destination) = (owner.application, owner.id);
    let found = subject.recoveries.find(application, destination, recovery.id).await;
    found.expect("the store answers")
}

/// Advances until no dead letter is left, and returns the number of processed dead letters.
pub(super) async fn advance_to_the_end(subject: &WebhookSubject, limit: usize) -> usize {
    let mut all = 0;
    loop {
        let count = subject.recoveries.advance(limit).await;
        let count = count.expect("the store answers");
        assert!(count <= limit, "{count} of at most {limit}");
        all += count;
        if count == 0 {
            return all;
        }
    }
}

/// The row after its recovery.
pub(super) const fn as_recovered(row: DeliveryRow) -> DeliveryRow {
    DeliveryRow { attempts_made: 0, ..row }
}
