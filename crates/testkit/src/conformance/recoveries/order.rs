//! Ordering of recovered deliveries.

use users_domain::model::webhooks::{DeliveryOrdering, Destination};

use super::starting::{advance_to_the_end, as_recovered, put_dead_letters, started};
use crate::conformance::{DeliveryRow, WebhookSubject};
use crate::{a_destination, a_recovery};

/// The other deliveries of the key are parked.
pub async fn one_recovered_delivery_per_ordering_key_is_due(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let letters = put_dead_letters(subject, &destination, &[1, 2, 1, 3, 2], now).await;
    started(subject, a_recovery(&destination, now)).await;
    let later = subject.a_delivery(&destination, 9, 4).await;
    subject.queue.put_delivery(&destination, later).await;
    assert_eq!(advance_to_the_end(subject, 2).await, letters.len());

    let mut expected: Vec<_> = letters
        .into_iter()
        .map(|row| DeliveryRow {
            parked: row.queue_seq == 3 || row.queue_seq == 5,
            ..as_recovered(row)
        })
        .collect();
    expected.push(later);
    assert_eq!(subject.queue.deliveries(&destination).await, expected);
}

/// No delivery is parked.
pub async fn without_ordering_all_recovered_deliveries_are_due(subject: &WebhookSubject) {
    let plain = a_destination(subject.an_application().await);
    let destination = Destination { ordering: DeliveryOrdering::None, ..plain };
    let destination = subject.has(destination).await;
    let now = subject.queue.now().await;
    let letters = put_dead_letters(subject, &destination, &[1, 1, 1], now).await;
    started(subject, a_recovery(&destination, now)).await;
    assert_eq!(advance_to_the_end(subject, 10).await, 3);
    let recovered: Vec<_> = letters.into_iter().map(as_recovered).collect();
    assert_eq!(subject.queue.deliveries(&destination).await, recovered);
}
