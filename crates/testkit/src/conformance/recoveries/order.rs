//! What recovery does to the order.

use users_domain::model::webhooks::{DeliveryOrdering, Destination};

use super::starting::{advanced_to_the_end, anew, gave_up, started};
use crate::conformance::{DeliveryRow, WebhookSubject};
use crate::{a_destination, a_recovery};

/// Of each ordering key one delivery is due.
pub async fn what_is_put_back_waits_behind_what_waits_with_its_key(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let letters = gave_up(subject, &destination, &[1, 2, 1, 3, 2], now).await;
    started(subject, a_recovery(&destination, now)).await;
    let later = subject.a_delivery(&destination, 9, 4).await;
    subject.queue.put_delivery(&destination, later).await;
    assert_eq!(advanced_to_the_end(subject, 2).await, letters.len());

    let mut expected: Vec<_> = letters
        .into_iter()
        .map(|row| DeliveryRow {
            parked: row.place == 3 || row.place == 5,
            ..anew(row)
        })
        .collect();
    expected.push(later);
    assert_eq!(subject.queue.deliveries(&destination).await, expected);
}

/// Where order was not asked for, nothing waits for anything.
pub async fn without_ordering_all_that_is_put_back_is_due(subject: &WebhookSubject) {
    let plain = a_destination(subject.an_application().await);
    let destination = Destination {
        ordering: DeliveryOrdering::None,
        ..plain
    };
    let destination = subject.has(destination).await;
    let now = subject.queue.now().await;
    let letters = gave_up(subject, &destination, &[1, 1, 1], now).await;
    started(subject, a_recovery(&destination, now)).await;
    assert_eq!(advanced_to_the_end(subject, 10).await, 3);
    let back: Vec<_> = letters.into_iter().map(anew).collect();
    assert_eq!(subject.queue.deliveries(&destination).await, back);
}
