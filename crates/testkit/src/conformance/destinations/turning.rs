//! Enabling and disabling destinations.

use users_domain::model::webhooks::{
    Breaker, Destination, DestinationDetail, DestinationState, DisabledReason, Failing,
};

use super::changing::{changed, changes};
use crate::conformance::{DeliveryRow, ShownHealth, WebhookSubject};

/// Covers every reason for disabling. Waiting deliveries stay and can be sent immediately.
pub async fn enabling_resets_the_health_and_wakes_the_lane(subject: &WebhookSubject) {
    for reason in DisabledReason::ALL {
        let destination = unhealthy_destination(subject).await;
        let waiting = subject.waits(&destination, &[1, 1, 2]).await;
        subject.queue.postpone(&destination).await;
        assert_eq!(subject.queue.postponed(&destination).await, 2);
        subject.queue.disable(&destination, reason).await;
        let found = subject.detail(&destination).await;
        let state = found.destination.state;
        assert!(
            matches!(state, DestinationState::Disabled { reason: stored, .. } if stored == reason),
            "{state:?}"
        );
        assert!(!is_healthy(&found));
        assert!(!subject.queue.is_awake(&destination).await);

        let on = changes(|change| change.enabled = Some(true));
        let shown = changed(subject, &destination, on).await;
        assert_eq!(shown.destination, destination);
        assert!(is_healthy(&shown), "{shown:?}");
        assert_eq!(subject.queue.deliveries(&destination).await, waiting);
        assert_eq!(subject.queue.postponed(&destination).await, 0);
        assert_eq!(subject.queue.dead_letters(&destination).await, []);
        assert!(subject.queue.is_awake(&destination).await);
    }
}

/// No more deliveries are sent. Enabling the destination again finds the waiting deliveries.
pub async fn disabling_by_the_client_keeps_waiting_deliveries(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let waiting = subject.waits(&destination, &[1, 1]).await;
    let before = subject.queue.now().await;
    let off = changes(|change| change.enabled = Some(false));
    let shown = changed(subject, &destination, off.clone()).await;
    let DestinationState::Disabled { reason, since } = shown.destination.state else {
        panic!("the destination is still enabled: {shown:?}");
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

/// The state changes to disabled by the client, at the current time.
pub async fn the_client_can_disable_what_the_service_disabled(subject: &WebhookSubject) {
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

/// Dead letters can be recovered later.
pub async fn enabling_can_move_waiting_deliveries_to_dead_letters(subject: &WebhookSubject) {
    let destination = subject.a_destination().await;
    let waiting = subject.waits(&destination, &[1, 1, 2]).await;
    let neighbour = subject.a_destination().await;
    let theirs = subject.waits(&neighbour, &[1]).await;
    let reason = DisabledReason::Gone;
    subject.queue.disable(&destination, reason).await;
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
    let moved: Vec<_> = letters.into_iter().map(|(row, _)| row).collect();
    let expected: Vec<_> =
        waiting.into_iter().map(|row| DeliveryRow { parked: false, ..row }).collect();
    assert_eq!(moved, expected);
    assert_eq!(subject.queue.deliveries(&neighbour).await, theirs);
}

/// An enabled destination with failures, an open breaker and a paused lane.
pub(super) async fn unhealthy_destination(subject: &WebhookSubject) -> Destination {
    let destination = subject.a_destination().await;
    let now = subject.queue.now().await;
    let in_an_hour = now.plus_millis(3_600_000);
    let health = ShownHealth {
        breaker: Breaker::Open { until: in_an_hour, openings: 3 },
        paused_until: Some(in_an_hour),
        failing: Some(Failing { since: now, attempts: 7, days: 1, latest: now }),
    };
    subject.queue.set_health(&destination, health).await;
    let summary = subject.detail(&destination).await.summary;
    let shown = ShownHealth {
        breaker: summary.breaker,
        paused_until: summary.paused_until,
        failing: summary.failing,
    };
    assert_eq!(shown, health);
    destination
}

pub(super) fn is_healthy(shown: &DestinationDetail) -> bool {
    let summary = &shown.summary;
    summary.breaker == Breaker::Closed
        && summary.paused_until.is_none()
        && summary.failing.is_none()
}
