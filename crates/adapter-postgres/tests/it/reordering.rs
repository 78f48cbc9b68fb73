//! A destination that becomes ordered while a worker has its lane.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use testkit::{a_lease_request, base_time, release, retry, run, settlement, tried};
use users_domain::model::webhooks::{DeliveryOrdering, Destination, NextStep};
use users_domain::ports::{DestinationChange, DestinationStore as _, LaneStore as _, LeasedLane};

use crate::scene::{DATA, Scene};

/// Leases three due events of one user, then makes the destination ordered.
async fn ordered_in_hand() -> (Scene, LeasedLane) {
    let scene = Scene::new().await;
    let destination = scene.destination(&[DATA], DeliveryOrdering::None);
    scene.create(&["ada"]).await;
    scene.rename("ada", 2).await;
    scene.sequence().await;
    let request = a_lease_request();
    let (worker, lease) = (request.worker, request.lease);
    let leased = scene.stores.lanes.lease(request).await.unwrap().remove(0);
    assert_eq!(leased.due.len(), 3);
    order(&scene, &destination).await;
    let asked = [(leased.lane, leased.epoch)];
    let renewed = scene.stores.lanes.renew(worker, &asked, lease).await;
    assert_eq!(renewed, Ok(vec![]), "its worker must begin nothing");
    assert_eq!(scene.lease().await, [], "attempts may be under way");
    (scene, leased)
}

async fn order(scene: &Scene, destination: &Destination) {
    let (application, id) = (destination.application, destination.id);
    let ordered = DestinationChange {
        ordering: Some(DeliveryOrdering::PerUser),
        ..DestinationChange::default()
    };
    let destinations = &scene.stores.destinations;
    let changed = destinations.change(application, id, ordered, base_time());
    changed.await.unwrap();
}

/// The numbers in the queue of deliveries that are not parked.
fn not_parked(scene: &Scene) -> Vec<i64> {
    let queue_seqs = scene.lines(
        "SELECT queue_seq::text AS line FROM webhook_deliveries WHERE due_at < 'infinity' ORDER BY queue_seq",
    );
    queue_seqs.iter().map(|queue_seq| queue_seq.parse().unwrap()).collect()
}

#[test]
fn a_failed_later_event_is_parked_once_the_destination_is_ordered() {
    run(async {
        let (scene, leased) = ordered_in_hand().await;
        let [first, second, third] = &leased.due[..] else {
            panic!("{leased:?}");
        };
        let attempts = vec![tried(second, retry(5)), tried(third, retry(5))];
        let result = scene.settle(settlement(&leased, attempts)).await;
        assert_eq!((result.still_owner, result.taken_over), (false, false));
        assert_eq!(not_parked(&scene), [first.queue_seq]);
        assert_eq!(
            scene.number("SELECT count(*) FROM webhook_attempts WHERE next_attempt_at IS NULL"),
            2,
            "the next attempt has no time"
        );

        let mut queue_seqs = vec![first.queue_seq];
        scene.settle(release(&leased, vec![tried(first, NextStep::Done)])).await;
        for number in [1, 1] {
            let next = scene.lease_one().await;
            assert_eq!(next.due.len(), 1, "{next:?}");
            assert_eq!(next.due[0].attempts_made, number);
            queue_seqs.push(next.due[0].queue_seq);
            let sent = tried(&next.due[0], NextStep::Done);
            scene.settle(release(&next, vec![sent])).await;
        }
        assert_eq!(queue_seqs, [first.queue_seq, second.queue_seq, third.queue_seq]);
    });
}

#[test]
fn a_failed_first_event_is_retried_on_schedule() {
    run(async {
        let (scene, leased) = ordered_in_hand().await;
        let [first, second, third] = &leased.due[..] else {
            panic!("{leased:?}");
        };
        let attempts =
            vec![tried(second, NextStep::Done), tried(third, retry(5)), tried(first, retry(5))];
        scene.settle(release(&leased, attempts)).await;
        assert_eq!(not_parked(&scene), [first.queue_seq]);
        assert_eq!(scene.lease().await, [], "the retry is not due yet");
        assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries"), 2);
    });
}

/// A recovery may add a delivery older than the one in flight: the one in flight must not wait for it, because the
/// older one waits for the one in flight.
#[test]
fn a_failed_delivery_does_not_wait_for_an_older_one_that_waits_for_it() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let leased = scene.leased(&["ada"]).await;
        scene.execute(
            "INSERT INTO webhook_deliveries
                (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id)
             SELECT lane, -1, order_key, 'infinity', event_recorded_at, application_id, event_id
             FROM webhook_deliveries",
        );
        let failed = tried(&leased.due[0], retry(5));
        scene.settle(settlement(&leased, vec![failed])).await;
        assert_eq!(not_parked(&scene), [leased.due[0].queue_seq]);
    });
}
