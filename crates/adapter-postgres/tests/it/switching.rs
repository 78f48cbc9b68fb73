//! Work in flight when its destination is disabled, enabled or moved.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use testkit::{a_destination, a_sealed_secret, base_time, destination_url, run};
use users_domain::model::Timestamp;
use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationState, DisabledReason, NextStep,
};
use users_domain::ports::{DestinationChange, DestinationStore as _, Settlement};

use crate::scene::{DATA, Scene, release, settlement, tried};

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

async fn change(scene: &Scene, destination: &Destination, change: DestinationChange) {
    let (application, id) = (destination.application, destination.id);
    let destinations = &scene.stores.destinations;
    let changed = destinations.change(application, id, change, base_time());
    changed.await.unwrap();
}

async fn turn(scene: &Scene, destination: &Destination, on: bool) {
    let enabled = DestinationChange { enabled: Some(on), ..DestinationChange::default() };
    change(scene, destination, enabled).await;
}

/// The client may not repeat the request for the remaining portions.
#[test]
fn deliveries_behind_a_skipped_portion_are_sent() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        scene.rename("ada", 2).await;
        scene.sequence().await;
        turn(&scene, &destination, false).await;
        let lane = scene.lane_of(&destination);
        let portion = format!("SELECT skip_webhook_deliveries({lane}, 1)::text AS line");
        assert_eq!(scene.lines(&portion), ["1"]);
        assert_eq!(scene.number("SELECT count(*) FROM webhook_dead_letters"), 1);

        turn(&scene, &destination, true).await;
        let leased = scene.lease_one().await;
        assert_eq!(leased.due.len(), 1, "the second event");
        let sent = tried(&leased.due[0], NextStep::Done);
        let result = scene.settle(release(&leased, vec![sent])).await;
        assert_eq!(result.unparked, 1, "the third event");
    });
}

#[test]
fn the_lane_of_a_changed_destination_can_be_released_once() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        scene.create(&["ada", "bob"]).await;
        scene.sequence().await;
        let leased = scene.lease_one().await;
        let url = destination_url("https://receiver.example/moved");
        let moved = DestinationChange { url: Some(url.clone()), ..DestinationChange::default() };
        change(&scene, &destination, moved).await;
        let sent = tried(&leased.due[0], NextStep::Done);
        scene.settle(settlement(&leased, vec![sent])).await;
        assert!(scene.lease().await.is_empty(), "attempts may be under way");

        let result = scene.settle(release(&leased, vec![])).await;
        assert!(!result.still_owner);
        let again = scene.lease_one().await;
        assert_eq!((again.url, again.due.len()), (url, 1));
        // Already released: the current lease belongs to another worker.
        scene.settle(release(&leased, vec![])).await;
        assert!(scene.lease().await.is_empty());
    });
}

#[test]
fn a_gone_destination_keeps_its_lease_until_nothing_is_in_flight() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        scene.create(&["ada", "bob", "cyd"]).await;
        scene.sequence().await;
        let leased = scene.lease_one().await;
        let [ada, bob, _] = &leased.due[..] else {
            panic!("{leased:?}");
        };
        let gone = Settlement {
            disable: Some(DisabledReason::Gone),
            ..settlement(&leased, vec![tried(ada, NextStep::DeadLetter)])
        };
        assert!(scene.settle(gone).await.still_owner);
        turn(&scene, &destination, true).await;
        assert!(scene.lease().await.is_empty());

        let sent = tried(bob, NextStep::Done);
        scene.settle(release(&leased, vec![sent])).await;
        assert_eq!(scene.lease_one().await.due, leased.due[2..]);
    });
}

#[test]
fn changes_committed_before_a_client_disables_are_delivered_later() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        turn(&scene, &destination, false).await;
        scene.create(&["bob"]).await;
        assert_eq!(scene.sequence().await, (2, 1));
        assert!(scene.lease().await.is_empty());
        turn(&scene, &destination, true).await;
        let leased = scene.lease_one().await;
        let bodies = leased.due.iter().map(|due| due.message.body.as_deref());
        let bodies: Vec<_> = bodies.map(Option::unwrap).collect();
        assert_eq!(bodies.len(), 1);
        assert!(bodies[0].contains(r#""vendor_data":"ada""#), "{bodies:?}");
    });
}

/// The clock of the machine that created the destination does not matter.
#[test]
fn changes_after_creation_of_a_disabled_destination_are_not_delivered() {
    run(async {
        for since in ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
            let scene = Scene::new().await;
            let state = DestinationState::Disabled {
                reason: DisabledReason::Client,
                since: Timestamp::parse(since).unwrap(),
            };
            let destination = Destination { state, ..a_destination(scene.tenant.id()) };
            let added = scene.stores.destinations.add(destination.clone(), a_sealed_secret());
            assert_eq!(added.await, Ok(()));
            scene.create(&["ada"]).await;
            assert_eq!(scene.sequence().await, (1, 0), "{since}");
            turn(&scene, &destination, true).await;
            scene.rename("ada", 1).await;
            assert_eq!(scene.sequence().await, (1, 1), "{since}");
        }
    });
}
