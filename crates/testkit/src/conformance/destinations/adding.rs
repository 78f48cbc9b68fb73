//! New destinations.

use users_domain::model::webhooks::{
    DeliveryOrdering, DeliveryStats, Destination, DestinationLabel, DestinationState,
    DisabledReason, WebhookVersion,
};
use users_domain::ports::{AddDestinationError, SigningTarget};

use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;
use crate::{a_destination, a_sealed_secret, base_time, destination_url, subscriptions};

/// Covers label, subscriptions, ordering, state and secret. The time of a disabled state is the time of the store's
/// clock, because later changes are compared with it.
pub async fn a_destination_is_found_as_it_was_added(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    let off = DestinationState::Disabled { reason: DisabledReason::Client, since: base_time() };
    let cases = [
        (DestinationState::Enabled, DeliveryOrdering::PerUser, &[][..]),
        (off, DeliveryOrdering::None, &["status.updated", "business.x"]),
    ];
    for (state, ordering, names) in cases {
        let plain = a_destination(application);
        let destination = Destination {
            label: DestinationLabel::from_stored(" Ünï\u{202e}'x' ".to_owned()),
            version: WebhookVersion::parse("v2").expect("a version"),
            url: destination_url(&format!("{}?q=%27ü'", plain.url.as_str())),
            subscriptions: subscriptions(names),
            updated_at: base_time().plus_millis(1),
            state,
            ordering,
            ..plain
        };
        let secret = a_sealed_secret();
        let store = &subject.destinations;
        let before = subject.queue.now().await;
        assert_eq!(store.add(destination.clone(), secret.clone()).await, Ok(()));
        let found = subject.detail(&destination).await;
        let shown = found.destination.state;
        if let DestinationState::Disabled { reason, since } = shown {
            assert_eq!(reason, DisabledReason::Client);
            assert!(since >= before, "not the time of the store's clock: {since}");
        }
        assert_eq!(shown.is_enabled(), state.is_enabled());
        let expected = Destination { state: shown, ..destination.clone() };
        assert_eq!(found.destination, expected);
        assert_eq!(found.stats, DeliveryStats::default());
        let target = SigningTarget { url: destination.url, secrets: vec![secret] };
        let found = store.signing_target(application, destination.id).await;
        assert_eq!(found, Ok(Some(target)));
    }
}

/// Of several concurrent additions of one URL, one succeeds.
pub async fn a_duplicate_url_is_refused_also_if_added_concurrently(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    for _ in 0..5 {
        let url = a_destination(application).url;
        let adding = (0..4).map(|_| {
            let store = subject.destinations.clone();
            let destination = Destination { url: url.clone(), ..a_destination(application) };
            async move { store.add(destination, a_sealed_secret()).await }
        });
        let answers = at_once(adding.collect()).await;
        let refused = |answer: &&_| **answer == Err(AddDestinationError::Duplicate);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(refused).count(), 3, "{answers:?}");
    }
    let listed = subject.destinations.list(application).await;
    assert_eq!(listed.expect("the store answers").len(), 5);
}

/// URLs are unique within an application only.
pub async fn a_url_of_another_application_can_be_used(subject: &WebhookSubject) {
    let theirs = subject.a_destination().await;
    let application = subject.an_application().await;
    let ours = Destination { url: theirs.url, ..a_destination(application) };
    subject.has(ours).await;
}

/// Destinations of other applications do not count.
pub async fn an_application_has_at_most_fifty_destinations_also_concurrently(
    subject: &WebhookSubject,
) {
    const AT_ONCE: usize = 8;
    const FREE: usize = 3;

    subject.a_destination().await;
    let application = subject.an_application().await;
    for _ in 0..Destination::MAX_PER_APPLICATION - FREE {
        subject.has(a_destination(application)).await;
    }
    let adding = (0..AT_ONCE).map(|_| {
        let store = subject.destinations.clone();
        async move { store.add(a_destination(application), a_sealed_secret()).await }
    });
    let answers = at_once(adding.collect()).await;
    let refused = |answer: &&_| **answer == Err(AddDestinationError::TooMany);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), FREE);
    assert_eq!(answers.iter().filter(refused).count(), AT_ONCE - FREE, "{answers:?}");
    let listed = subject.destinations.list(application).await;
    let listed = listed.expect("the store answers");
    assert_eq!(listed.len(), Destination::MAX_PER_APPLICATION);

    let first = listed.first().expect("the first").destination.id;
    assert_eq!(subject.destinations.remove(application, first).await, Ok(true));
    subject.has(a_destination(application)).await;
}
