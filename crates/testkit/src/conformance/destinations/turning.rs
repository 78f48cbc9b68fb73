//! Destinations that are turned on and off.

use users_domain::model::webhooks::{
    Breaker, Destination, DestinationDetail, DestinationState, DisabledReason, Failing,
};

use super::changing::{changed, changes};
use crate::conformance::{DeliveryRow, Fate, WebhookSubject};

/// Whoever turned it off; what waits stays and can be sent at once.
pub async fn turning_on_forgets_failures_breaker_and_pause_and_wakes_the_lane(
    subject: &WebhookSubject,
) {
    for reason in DisabledReason::ALL {
        let destination = in_trouble(subject).await;
        let waiting = subject.waits(&destination, &[1, 1, 2]).await;
        subject.queue.postpone(&destination).await;
        assert_eq!(subject.queue.postponed(&destination).await, 2);
        subject.queue.disable(&destination, reason).await;
        let found = subject
            .destinations
            .find(destination.application, destination.id)
            .await;
        let found = found.expect("the store answers").expect("the destination");
        let state = found.destination.state;
        assert!(
            matches!(state, DestinationState::Disabled { reason: why, .. } if why == reason),
            "{state:?}"
        );
        assert!(!is_well(&found));
        assert!(!subject.queue.is_awake(&destination).await);

        let on = changes(|change| change.enabled = Some(true));
        let shown = changed(subject, &destination, on).await;
        assert_eq!(shown.destination, destination);
        assert!(is_well(&shown), "{shown:?}");
        assert_eq!(subject.queue.deliveries(&destination).await, waiting);
        assert_eq!(subject.queue.postponed(&destination).await, 0);
        assert_eq!(subject.queue.dead_letters(&destination).await, []);
        assert!(subject.queue.is_awake(&destination).await);
    }
}

/// It is not sent anything more; turning it on again finds what waited.
pub async fn turning_off_is_the_clients_and_keeps_what_waits(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let waiting = subject.waits(&destination, &[1, 1]).await;
    let before = subject.queue.now().await;
    let off = changes(|change| change.enabled = Some(false));
    let shown = changed(subject, &destination, off.clone()).await;
    let DestinationState::Disabled { reason, since } = shown.destination.state else {
        panic!("it is still on: {shown:?}");
    };
    assert_eq!(reason, DisabledReason::Client);
    assert!(since >= before);
    assert_eq!(shown.summary.waiting, 2);
    assert_eq!(subject.queue.deliveries(&destination).await, waiting);
    assert!(!subject.queue.is_awake(&destination).await);

    let again = changed(subject, &destination, off).await;
    assert_eq!(again, shown);
    let on = changes(|change| change.enabled = Some(true));
    let shown = changed(subject, &destination, on).await;
    assert_eq!(shown.destination, destination);
    assert_eq!(subject.queue.deliveries(&destination).await, waiting);
    assert!(subject.queue.is_awake(&destination).await);
}

/// It becomes so now, and stays so until the client turns it on.
pub async fn turning_off_what_the_service_disabled_makes_it_the_clients(subject: &WebhookSubject) {
    for reason in [DisabledReason::Gone, DisabledReason::Failing] {
        let destination = subject.a_destination().await;
        let waiting = subject.waits(&destination, &[1, 1]).await;
        subject.queue.disable(&destination, reason).await;
        let before = subject.queue.now().await;
        let off = changes(|change| change.enabled = Some(false));
        let shown = changed(subject, &destination, off.clone()).await;
        let state = shown.destination.state;
        assert!(
            matches!(state, DestinationState::Disabled { reason: DisabledReason::Client, since } if since >= before),
            "{state:?}"
        );
        assert_eq!(subject.queue.deliveries(&destination).await, waiting);
        assert!(!subject.queue.is_awake(&destination).await);
        assert_eq!(changed(subject, &destination, off).await, shown);
    }
}

/// As dead letters, from where they can be recovered.
pub async fn turning_on_puts_aside_what_waits_where_that_is_wished(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let waiting = subject.waits(&destination, &[1, 1, 2]).await;
    let neighbour = subject.a_destination().await;
    let theirs = subject.waits(&neighbour, &[1]).await;
    let gone = DisabledReason::Gone;
    subject.queue.disable(&destination, gone).await;
    let before = subject.queue.now().await;

    let skip = changes(|change| {
        change.enabled = Some(true);
        change.skip_waiting = true;
    });
    let shown = changed(subject, &destination, skip).await;
    assert_eq!(shown.destination, destination);
    assert_eq!((shown.summary.waiting, shown.summary.dead_letters), (0, 3));
    assert_eq!(subject.queue.deliveries(&destination).await, []);
    let letters = subject.queue.dead_letters(&destination).await;
    assert!(letters.iter().all(|(_, dead_at)| *dead_at >= before));
    let put_aside: Vec<_> = letters.into_iter().map(|(row, _)| row).collect();
    let expected: Vec<_> = waiting
        .into_iter()
        .map(|row| DeliveryRow {
            parked: false,
            ..row
        })
        .collect();
    assert_eq!(put_aside, expected);
    assert_eq!(subject.queue.deliveries(&neighbour).await, theirs);
}

/// An enabled destination that failed, with an open breaker and a pause.
pub(super) async fn in_trouble(subject: &WebhookSubject) -> Destination {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let in_an_hour = now.plus_millis(3_600_000);
    let fate = Fate {
        breaker: Breaker::Open {
            until: in_an_hour,
            openings: 3,
        },
        paused_until: Some(in_an_hour),
        failing: Some(Failing {
            since: now,
            attempts: 7,
            days: 1,
            latest: now,
        }),
    };
    subject.queue.set_fate(&destination, fate).await;
    let found = subject
        .destinations
        .find(destination.application, destination.id)
        .await;
    let summary = found
        .expect("the store answers")
        .expect("it is there")
        .summary;
    let shown = Fate {
        breaker: summary.breaker,
        paused_until: summary.paused_until,
        failing: summary.failing,
    };
    assert_eq!(shown, fate);
    destination
}

pub(super) fn is_well(shown: &DestinationDetail) -> bool {
    let summary = &shown.summary;
    summary.breaker == Breaker::Closed
        && summary.paused_until.is_none()
        && summary.failing.is_none()
}
