//! Destinations that change.

use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationDetail, DestinationLabel, WebhookVersion,
};
use users_domain::ports::{ChangeDestinationError, DestinationChange};

use super::turning::{in_trouble, is_well};
use crate::conformance::at_once::at_once;
use crate::conformance::{DeliveryRow, WebhookSubject};
use crate::{a_destination, base_time, destination_url, subscriptions};

/// What is not spoken of stays, and `updated_at` tells when it was.
pub async fn each_part_changes_alone(subject: &WebhookSubject) {
    let mut expected = subject.a_destination().await;
    let label = DestinationLabel::parse("Another").expect("a label");
    let version = WebhookVersion::parse("v9").expect("a version");
    let url = destination_url(&format!("{}/moved", expected.url));
    let wants = subscriptions(&["user.status.updated"]);
    let steps: [(DestinationChange, Destination); 5] = [
        (
            changes(|change| change.label = Some(label.clone())),
            Destination {
                label,
                ..expected.clone()
            },
        ),
        (
            changes(|change| change.url = Some(url.clone())),
            Destination {
                url,
                ..expected.clone()
            },
        ),
        (
            changes(|change| change.version = Some(version.clone())),
            Destination {
                version,
                ..expected.clone()
            },
        ),
        (
            changes(|change| change.subscriptions = Some(wants.clone())),
            Destination {
                subscriptions: wants,
                ..expected.clone()
            },
        ),
        (
            changes(|change| change.ordering = Some(DeliveryOrdering::None)),
            Destination {
                ordering: DeliveryOrdering::None,
                ..expected.clone()
            },
        ),
    ];
    for (number, (change, alone)) in (1..).zip(steps) {
        let back = back_to(&expected);
        let at = base_time().plus_millis(number);
        expected.updated_at = at;
        let alone = Destination {
            updated_at: at,
            ..alone
        };
        assert_eq!(changed(subject, &expected, change).await.destination, alone);
        let found = subject.destinations.find(alone.application, alone.id).await;
        let found = found.expect("the store answers").expect("the destination");
        assert_eq!(found.destination, alone);
        let restored = changed(subject, &expected, back).await;
        assert_eq!(restored.destination, expected);
    }
}

/// Also where a wish to skip what waits comes with nothing to turn on, and something waits for its next attempt.
pub async fn a_change_to_what_it_is_already_changes_nothing(subject: &WebhookSubject) {
    let on = subject.a_destination().await;
    let waiting = subject.waits(&on, &[1, 1, 2]).await;
    subject.queue.postpone(&on).await;
    let later = base_time().plus_millis(7);
    let mut same = back_to(&on);
    same.enabled = Some(true);
    same.skip_waiting = true;
    for change in [DestinationChange::default(), same] {
        let (application, id) = (on.application, on.id);
        let answer = subject
            .destinations
            .change(application, id, change, later)
            .await;
        assert_eq!(answer.expect("it is there").destination, on);
    }
    assert_eq!(subject.queue.deliveries(&on).await, waiting);
    assert_eq!(subject.queue.postponed(&on).await, 2);
}

/// Of two that take one URL at once, one does.
pub async fn a_change_to_the_url_of_another_is_refused_also_at_once(subject: &WebhookSubject) {
    let taken = subject.a_destination().await;
    let application = taken.application;
    let ours = subject.has(a_destination(application)).await;
    let take = |url| changes(|change| change.url = Some(url));
    let answer = subject
        .destinations
        .change(application, ours.id, take(taken.url.clone()), base_time())
        .await;
    assert_eq!(answer, Err(ChangeDestinationError::Duplicate));
    let found = subject.destinations.find(application, ours.id).await;
    let found = found.expect("the store answers").expect("the destination");
    assert_eq!(found.destination, ours);

    for round in 0..5 {
        let free = destination_url(&format!("https://receiver.example/{round}"));
        let taking = [taken.id, ours.id].map(|id| {
            let (store, change) = (subject.destinations.clone(), take(free.clone()));
            async move { store.change(application, id, change, base_time()).await }
        });
        let answers = at_once(taking.into()).await;
        let refused = |answer: &&_| matches!(answer, Err(ChangeDestinationError::Duplicate));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(refused).count(), 1, "{answers:?}");
    }
}

/// Without order everything may be sent; with it only the first of each key.
pub async fn a_change_of_ordering_parks_and_unparks_what_waits(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let ordered = subject.waits(&destination, &[1, 2, 1, 1, 2, 3]).await;
    let free: Vec<_> = ordered
        .iter()
        .map(|row| DeliveryRow {
            parked: false,
            ..*row
        })
        .collect();
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

/// What the old address did to its callers is not held against the new one.
pub async fn another_url_forgets_how_the_old_one_fared(subject: &WebhookSubject) {
    let destination = in_trouble(subject).await;
    subject.waits(&destination, &[1]).await;
    let url = destination_url(&format!("{}/moved", destination.url));
    let relabelled = changes(|change| {
        change.label = Some(DestinationLabel::parse("Another").expect("a label"));
    });
    let shown = changed(subject, &destination, relabelled).await;
    assert!(!is_well(&shown));
    assert!(!subject.queue.is_awake(&destination).await);

    let moved = changes(|change| change.url = Some(url));
    let shown = changed(subject, &destination, moved).await;
    assert!(is_well(&shown), "{shown:?}");
    assert!(subject.queue.is_awake(&destination).await);
}

pub(super) fn changes(set: impl FnOnce(&mut DestinationChange)) -> DestinationChange {
    let mut change = DestinationChange::default();
    set(&mut change);
    change
}

/// Changes it at the time that `destination` was updated at.
pub(super) async fn changed(
    subject: &WebhookSubject,
    destination: &Destination,
    change: DestinationChange,
) -> DestinationDetail {
    let (application, id) = (destination.application, destination.id);
    let at = destination.updated_at;
    let answer = subject
        .destinations
        .change(application, id, change, at)
        .await;
    answer.expect("the destination is changed")
}

/// All that it is, but for whether it is enabled.
fn back_to(destination: &Destination) -> DestinationChange {
    let kept = destination.clone();
    DestinationChange {
        label: Some(kept.label),
        url: Some(kept.url),
        enabled: None,
        skip_waiting: false,
        version: Some(kept.version),
        subscriptions: Some(kept.subscriptions),
        ordering: Some(kept.ordering),
    }
}
