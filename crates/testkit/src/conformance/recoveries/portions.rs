//! The work of recoveries, in portions.

use users_domain::model::webhooks::RecoveryState;

use super::starting::{advanced_to_the_end, anew, found, gave_up, started};
use crate::a_recovery;
use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;

/// To be tried from the first step of the schedule on, by a worker that finds the lane awake.
pub async fn what_failed_since_then_is_put_back_in_its_order_portion_by_portion(
    subject: &WebhookSubject,
) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let letters = gave_up(subject, &destination, &[1, 2, 3, 4, 5], now).await;
    let recovery = started(subject, a_recovery(&destination, now)).await;
    assert!(!subject.queue.is_awake(&destination).await);
    for (call, taken) in [(1, 2), (2, 2), (3, 1)] {
        assert_eq!(subject.recoveries.advance(2).await, Ok(taken));
        let put_back = (2 * call).min(5);
        let (back, left) = letters.split_at(put_back);
        let back: Vec<_> = back.iter().copied().map(anew).collect();
        assert_eq!(subject.queue.deliveries(&destination).await, back);
        let letters = subject.queue.dead_letters(&destination).await;
        let letters: Vec<_> = letters.into_iter().map(|(row, _)| row).collect();
        assert_eq!(letters, left);
        let so_far = found(subject, &destination, &recovery).await.expect("it");
        assert_eq!(so_far.recovered, put_back as u64);
        if !left.is_empty() {
            assert_eq!(so_far.state, RecoveryState::Running);
        }
        assert!(subject.queue.is_awake(&destination).await);
    }
    assert_eq!(subject.recoveries.advance(2).await, Ok(0));
    let ended = found(subject, &destination, &recovery).await.expect("it");
    assert_eq!(ended.state, RecoveryState::Finished);
    assert_eq!(ended.recovered, 5);
}

/// Each is put back once, whoever asks.
pub async fn processes_that_advance_at_once_lose_and_repeat_nothing(subject: &WebhookSubject) {
    let one = subject.a_destination().await;
    let other = subject.a_destination().await;
    let now = subject.queue.now().await;
    let keys: Vec<_> = (1..=20).collect();
    let mut recoveries = Vec::new();
    for destination in [&one, &other] {
        let letters = gave_up(subject, destination, &keys, now).await;
        let recovery = started(subject, a_recovery(destination, now)).await;
        recoveries.push((destination, letters, recovery));
    }
    let advancing = (0..4).map(|_| {
        let subject = subject.clone();
        async move { advanced_to_the_end(&subject, 3).await }
    });
    // Who is told that nothing is left may have been told so while another one was at the rest.
    let mut taken: usize = at_once(advancing.collect()).await.into_iter().sum();
    taken += advanced_to_the_end(subject, 3).await;
    assert_eq!(taken, 2 * keys.len());
    for (destination, letters, recovery) in recoveries {
        let back: Vec<_> = letters.into_iter().map(anew).collect();
        assert_eq!(subject.queue.deliveries(destination).await, back);
        assert_eq!(subject.queue.dead_letters(destination).await, []);
        let ended = found(subject, destination, &recovery).await.expect("it");
        assert_eq!(ended.state, RecoveryState::Finished);
    }
}

/// They are dropped and not counted as recovered.
pub async fn dead_letters_whose_event_is_gone_do_not_stall_a_recovery(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    gave_up(subject, &destination, &[1, 2, 3], now).await;
    subject.queue.forget_events(destination.application).await;
    let kept = subject.a_delivery(&destination, 4, 4).await;
    subject.queue.put_dead_letter(&destination, kept, now).await;
    let recovery = started(subject, a_recovery(&destination, now)).await;
    assert_eq!(advanced_to_the_end(subject, 2).await, 4);
    assert_eq!(subject.queue.deliveries(&destination).await, [anew(kept)]);
    assert_eq!(subject.queue.dead_letters(&destination).await, []);
    let ended = found(subject, &destination, &recovery).await.expect("it");
    assert_eq!((ended.state, ended.recovered), (RecoveryState::Finished, 1));
}

/// Nor do those that nothing at all is left of.
pub async fn dead_letters_without_any_event_do_not_stall_the_recovery_behind_them(
    subject: &WebhookSubject,
) {
    let emptied = subject.a_destination().await;
    let full = subject.a_destination().await;
    let now = subject.queue.now().await;
    gave_up(subject, &emptied, &[1, 2, 3], now).await;
    subject.queue.forget_events(emptied.application).await;
    let letters = gave_up(subject, &full, &[1, 2], now).await;
    for destination in [&emptied, &full] {
        started(subject, a_recovery(destination, now)).await;
    }
    assert_eq!(advanced_to_the_end(subject, 3).await, 5);
    assert_eq!(subject.queue.deliveries(&emptied).await, []);
    let back: Vec<_> = letters.into_iter().map(anew).collect();
    assert_eq!(subject.queue.deliveries(&full).await, back);
}
