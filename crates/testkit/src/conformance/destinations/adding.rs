//! New destinations.

use users_domain::model::webhooks::{
    DeliveryOrdering, DeliveryStats, Destination, DestinationLabel, DestinationState,
    DisabledReason, WebhookVersion,
};
use users_domain::ports::{AddDestinationError, SigningTarget};

use crate::conformance::WebhookSubject;
use crate::conformance::at_once::at_once;
use crate::{a_destination, a_sealed_secret, base_time, destination_url, subscriptions};

/// Whatever it is called, wants and is promised, and with its one secret. Since when it is off is said by the store's clock,
/// as that is what changes are compared with.
pub async fn a_destination_is_found_as_it_was_added(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    let off = DestinationState::Disabled {
        reason: DisabledReason::Client,
        since: base_time(),
    };
    let wishes = [
        (
            DestinationState::Enabled,
            DeliveryOrdering::PerUser,
            &[][..],
        ),
        (
            off,
            DeliveryOrdering::None,
            &["status.updated", "business.x"],
        ),
    ];
    for (state, ordering, names) in wishes {
        let plain = a_destination(application);
        let destination = Destination {
            label: DestinationLabel::from_stored(" Ünï\u{202e}'x' ".to_owned()),
            version: WebhookVersion::parse("v2").expect("a version"),
            url: destination_url(&format!("{}?q=%27ü'", plain.url)),
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
        let found = store.find(application, destination.id).await;
        let found = found.expect("the store answers").expect("the destination");
        let shown = found.destination.state;
        if let DestinationState::Disabled { reason, since } = shown {
            assert_eq!(reason, DisabledReason::Client);
            assert!(since >= before, "not by the store's clock: {since}");
        }
        assert_eq!(shown.is_enabled(), state.is_enabled());
        let expected = Destination {
            state: shown,
            ..destination.clone()
        };
        assert_eq!(found.destination, expected);
        assert_eq!(found.stats, DeliveryStats::default());
        let target = SigningTarget {
            url: destination.url,
            secrets: vec![secret],
        };
        let found = store.signing_target(application, destination.id).await;
        assert_eq!(found, Ok(Some(target)));
    }
}

/// Also a URL that was there before, even of a destination that is turned off.
pub async fn of_two_with_one_url_added_at_once_one_is_refused(subject: &WebhookSubject) {
    let application = subject.an_application().await;
    for _ in 0..5 {
        let url = a_destination(application).url;
        let adding = (0..4).map(|_| {
            let store = subject.destinations.clone();
            let destination = Destination {
                url: url.clone(),
                ..a_destination(application)
            };
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

/// Only within an application there are no two.
pub async fn a_url_of_another_application_is_free(subject: &WebhookSubject) {
    let theirs = subject.a_destination().await;
    let application = subject.an_application().await;
    let ours = Destination {
        url: theirs.url,
        ..a_destination(application)
    };
    subject.has(ours).await;
}

/// Those of other applications do not count.
pub async fn an_application_has_at_most_fifty_destinations_also_of_those_added_at_once(
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
        async move {
            store
                .add(a_destination(application), a_sealed_secret())
                .await
        }
    });
    let answers = at_once(adding.collect()).await;
    let refused = |answer: &&_| **answer == Err(AddDestinationError::TooMany);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), FREE);
    assert_eq!(
        answers.iter().filter(refused).count(),
        AT_ONCE - FREE,
        "{answers:?}"
    );
    let listed = subject.destinations.list(application).await;
    let listed = listed.expect("the store answers");
    assert_eq!(listed.len(), Destination::MAX_PER_APPLICATION);

    let first = listed.first().expect("the first").destination.id;
    assert_eq!(
        subject.destinations.remove(application, first).await,
        Ok(true)
    );
    subject.has(a_destination(application)).await;
}
