//! Changes of destinations.

use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationDetail, DestinationLabel, WebhookVersion,
};
use users_domain::ports::{ChangeDestinationError, DestinationChange};

use super::turning::{is_healthy, unhealthy_destination};
use crate::conformance::at_once::at_once;
use crate::conformance::{DeliveryRow, WebhookSubject};
use crate::{a_destination, base_time, destination_url, subscriptions};

/// A change leaves the other fields as they are and sets `updated_at`.
pub async fn each_field_changes_independently(subject: &WebhookSubject) {
    let mut expected = subject.a_destination().await;
    let label = DestinationLabel::parse("Another").expect("a label");
    let version = WebhookVersion::parse("v9").expect("a version");
    let url = destination_url(&format!("{}/moved", expected.url.as_str()));
    let subscribed = subscriptions(&["user.status.updated"]);
    let steps: [(DestinationChange, Destination); 5] = [
        (
            changes(|change| change.label = Some(label.clone())),
            Destination { label, ..expected.clone() },
        ),
        (changes(|change| change.url = Some(url.clone())), Destination { url, ..expected.clone() }),
        (
            changes(|change| change.version = Some(version.clone())),
            Destination { version, ..expected.clone() },
        ),
        (
            changes(|change| change.subscriptions = Some(subscribed.clone())),
            Destination { subscriptions: subscribed, ..expected.clone() },
        ),
        (
            changes(|change| change.ordering = Some(DeliveryOrdering::None)),
            Destination { ordering: DeliveryOrdering::None, ..expected.clone() },
        ),
    ];
    for (number, (change, updated)) in (1..).zip(steps) {
        let back = back_to(&expected);
        let at = base_time().plus_millis(number);
        expected.updated_at = at;
        let updated = Destination { updated_at: at, ..updated };
        assert_eq!(changed(subject, &expected, change).await.destination, updated);
        assert_eq!(subject.detail(&updated).await.destination, updated);
        let restored = changed(subject, &expected, back).await;
        assert_eq!(restored.destination, expected);
    }
}

/// `skip_waiting` has no effect on an enabled destination, even if deliveries wait for their next attempt.
pub async fn a_change_to_current_values_changes_nothing(subject: &WebhookSubject) {
    let on = subject.a_destination().await;
    let waiting = subject.waits(&on, &[1, 1, 2]).await;
    subject.queue.postpone(&on).await;
    let later = base_time().plus_millis(7);
    let mut same = back_to(&on);
    same.enabled = Some(true);
    same.skip_waiting = true;
    for change in [DestinationChange::default(), same] {
        let (application, id) = (on.application, on.id);
        let answer = subject.destinations.change(application, id, change, later).await;
        assert_eq!(answer.expect("the destination").destination, on);
    }
    assert_eq!(subject.queue.deliveries(&on).await, waiting);
    assert_eq!(subject.queue.postponed(&on).await, 2);
}

/// Of two concurrent changes to one URL, one succeeds.
pub async fn a_change_to_a_used_url_is_refused_also_concurrently(subject: &WebhookSubject) {
    let taken = subject.a_destination().await;
    let application = taken.application;
    let ours = subject.has(a_destination(application)).await;
    let move_to = |url| changes(|change| change.url = Some(url));
    let answer = subject
        .destinations
        .change(application, ours.id, move_to(taken.url.clone()), base_time())
        .await;
    assert_eq!(answer, Err(ChangeDestinationError::Duplicate));
    assert_eq!(subject.detail(&ours).await.destination, ours);

    for round in 0..5 {
        let free = destination_url(&format!("https://receiver.example/{round}"));
        let changing = [taken.id, ours.id].map(|id| {
            let (store, change) = (subject.destinations.clone(), move_to(free.clone()));
            async move { store.change(application, id, change, base_time()).await }
        });
        let answers = at_once(changing.into()).await;
        let refused = |answer: &&_| matches!(answer, Err(ChangeDestinationError::Duplicate));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(refused).count(), 1, "{answers:?}");
    }
}

/// Without ordering every delivery can be sent; with ordering only the first of each key.
pub async fn a_change_of_ordering_parks_and_unparks_deliveries(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let ordered = subject.waits(&destination, &[1, 2, 1, 1, 2, 3]).await;
    let free: Vec<_> = ordered.iter().map(|row| DeliveryRow { parked: false, ..*row }).collect();
    for (ordering, expected) in [
        (DeliveryOrdering::None, &free),
        (DeliveryOrdering::PerUser, &ordered),
        (DeliveryOrdering::None, &free),
    ] {
        let change = changes(|change| change.ordering = Some(ordering));
        changed(subject, &destination, change).await;
        assert_eq!(subject.queue.deliveries(&destination).await, *expected);
    }
    assert!(subject.queue.is_awake(&destination).await);
}

/// Failures of the old URL do not affect the new one.
pub async fn a_new_url_resets_the_health(subject: &WebhookSubject) {
    let destination = unhealthy_destination(subject).await;
    subject.waits(&destination, &[1]).await;
    let url = destination_url(&format!("{}/moved", destination.url.as_str()));
    let relabelled = changes(|change| {
        change.label = Some(DestinationLabel::parse("Another").expect("a label"));
    });
    let shown = changed(subject, &destination, relabelled).await;
    assert!(!is_healthy(&shown));
    assert!(!subject.queue.is_awake(&destination).await);

    let moved = changes(|change| change.url = Some(url));
    let shown = changed(subject, &destination, moved).await;
    assert!(is_healthy(&shown), "{shown:?}");
    assert!(subject.queue.is_awake(&destination).await);
}

pub(super) fn changes(set: impl FnOnce(&mut DestinationChange)) -> DestinationChange {
    let mut change = DestinationChange::default();
    set(&mut change);
    change
}

/// Changes the destination at the time of its last update.
pub(super) async fn changed(
    subject: &WebhookSubject,
    destination: &Destination,
    change: DestinationChange,
) -> DestinationDetail {
    let (application, id) = (destination.application, destination.id);
    let at = destination.updated_at;
    let answer = subject.destinations.change(application, id, change, at).await;
    answer.expect("the destination is changed")
}

/// A change to all current values except `enabled`.
fn back_to(destination: &Destination) -> DestinationChange {
    let current = destination.clone();
    DestinationChange {
        label: Some(current.label),
        url: Some(current.url),
        enabled: None,
        skip_waiting: false,
        version: Some(current.version),
        subscriptions: Some(current.subscriptions),
        ordering: Some(current.ordering),
    }
}
