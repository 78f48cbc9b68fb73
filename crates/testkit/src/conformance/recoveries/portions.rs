//! Recovery in portions.

use users_domain::model::webhooks::RecoveryState;

use super::starting::{advance_to_the_end, as_recovered, found, put_dead_letters, started};
use crate::a_recovery;
use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;

/// Recovered deliveries start at the first step of the schedule, and the lane is awake.
pub async fn dead_letters_are_recovered_in_order_and_in_portions(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let letters = put_dead_letters(subject, &destination, &[1, 2, 3, 4, 5], now).await;
    let recovery = started(subject, a_recovery(&destination, now)).await;
    assert!(!subject.queue.is_awake(&destination).await);
    for (call, count) in [(1, 2), (2, 2), (3, 1)] {
        assert_eq!(subject.recoveries.advance(2).await, Ok(count));
        let total = (2 * call).min(5);
        let (recovered, remaining) = letters.split_at(total);
        let recovered: Vec<_> = recovered.iter().copied().map(as_recovered).collect();
        assert_eq!(subject.queue.deliveries(&destination).await, recovered);
        let letters = subject.queue.dead_letters(&destination).await;
        let letters: Vec<_> = letters.into_iter().map(|(row, _)| row).collect();
        assert_eq!(letters, remaining);
        let so_far = found(subject, &destination, &recovery).await.expect("the recovery");
        assert_eq!(so_far.recovered, total as u64);
        if !remaining.is_empty() {
            assert_eq!(so_far.state, RecoveryState::Running);
        }
        assert!(subject.queue.is_awake(&destination).await);
    }
    assert_eq!(subject.recoveries.advance(2).await, Ok(0));
    let ended = found(subject, &destination, &recovery).await.expect("the recovery");
    assert_eq!(ended.state, RecoveryState::Finished);
    assert_eq!(ended.recovered, 5);
}

/// Each dead letter is recovered once.
pub async fn concurrent_advances_lose_and_repeat_nothing(subject: &WebhookSubject) {
    let one = subject.a_destination().await;
    let other = subject.a_destination().await;
    let now = subject.queue.now().await;
    let keys: Vec<_> = (1..=20).collect();
    let mut recoveries = Vec::new();
    for destination in [&one, &other] {
        let letters = put_dead_letters(subject, destination, &keys, now).await;
        let recovery = started(subject, a_recovery(destination, now)).await;
        recoveries.push((destination, letters, recovery));
    }
    let advancing = (0..4).map(|_| {
        let subject = subject.clone();
        async move { advance_to_the_end(&subject, 3).await }
    });
    // A worker may stop with 0 while another worker still processes the rest.
    let mut total: usize = at_once(advancing.collect()).await.into_iter().sum();
    total += advance_to_the_end(subject, 3).await;
    assert_eq!(total, 2 * keys.len());
    for (destination, letters, recovery) in recoveries {
        let recovered: Vec<_> = letters.into_iter().map(as_recovered).collect();
        assert_eq!(subject.queue.deliveries(destination).await, recovered);
        assert_eq!(subject.queue.dead_letters(destination).await, []);
        let ended = found(subject, destination, &recovery).await.expect("the recovery");
        assert_eq!(ended.state, RecoveryState::Finished);
    }
}

/// They are deleted and not counted as recovered.
pub async fn dead_letters_without_an_event_do_not_stall_a_recovery(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    put_dead_letters(subject, &destination, &[1, 2, 3], now).await;
    subject.queue.delete_events(destination.application).await;
    let complete = subject.a_delivery(&destination, 4, 4).await;
    subject.queue.put_dead_letter(&destination, complete, now).await;
    let recovery = started(subject, a_recovery(&destination, now)).await;
    assert_eq!(advance_to_the_end(subject, 2).await, 4);
    assert_eq!(subject.queue.deliveries(&destination).await, [as_recovered(complete)]);
    assert_eq!(subject.queue.dead_letters(&destination).await, []);
    let ended = found(subject, &destination, &recovery).await.expect("the recovery");
    assert_eq!((ended.state, ended.recovered), (RecoveryState::Finished, 1));
}

/// All dead letters of the first recovery have lost their events.
pub async fn a_recovery_without_events_does_not_stall_the_next_one(subject: &WebhookSubject) {
    let emptied = subject.a_destination().await;
    let full = subject.a_destination().await;
    let now = subject.queue.now().await;
    put_dead_letters(subject, &emptied, &[1, 2, 3], now).await;
    subject.queue.delete_events(emptied.application).await;
    let letters = put_dead_letters(subject, &full, &[1, 2], now).await;
    for destination in [&emptied, &full] {
        started(subject, a_recovery(destination, now)).await;
    }
    assert_eq!(advance_to_the_end(subject, 3).await, 5);
    assert_eq!(subject.queue.deliveries(&emptied).await, []);
    let recovered: Vec<_> = letters.into_iter().map(as_recovered).collect();
    assert_eq!(subject.queue.deliveries(&full).await, recovered);
}
