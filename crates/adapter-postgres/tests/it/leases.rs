//! Leases that were not released, and leases whose response was lost.

use testkit::run;
use users_domain::model::ApplicationId;
use users_domain::model::webhooks::{DeliveryOrdering, NextStep};
use users_domain::ports::{LaneStore as _, LeaseRequest};

use crate::scene::{DATA, Scene, a_lease_request, release, settlement, tried};

/// A scene with this many destinations and one due event at each.
async fn due_at(destinations: usize) -> Scene {
    let scene = Scene::new().await;
    for _ in 0..destinations {
        scene.destination(&[DATA], DeliveryOrdering::PerUser);
    }
    scene.create(&["ada"]).await;
    scene.sequence().await;
    scene
}

#[test]
fn a_lane_that_was_not_released_is_reported_as_taken_over() {
    run(async {
        let scene = due_at(2).await;
        let first = scene.lease().await;
        let [dead, given_back] = &first[..] else {
            panic!("{first:?}");
        };
        assert!(!dead.taken_over && !given_back.taken_over);
        scene.settle(release(given_back, vec![])).await;
        scene.end_lease(dead);
        let second = scene.lease().await;
        assert_eq!(second.len(), 2);
        for leased in &second {
            assert_eq!(leased.taken_over, leased.lane == dead.lane, "{leased:?}");
            scene.settle(release(leased, vec![])).await;
        }
        let third = scene.lease().await;
        assert_eq!(third.len(), 2);
        assert!(third.iter().all(|leased| !leased.taken_over), "{third:?}");
    });
}

#[test]
fn a_former_owner_learns_whether_the_lane_was_taken_over() {
    run(async {
        let scene = due_at(1).await;
        let slow = scene.lease_one().await;
        scene.end_lease(&slow);
        let late = scene.settle(settlement(&slow, vec![])).await;
        assert_eq!((late.still_owner, late.taken_over), (false, false));

        let quick = scene.lease_one().await;
        let sent = tried(&slow.due[0], NextStep::Done);
        let late = scene.settle(settlement(&slow, vec![sent])).await;
        assert_eq!((late.still_owner, late.taken_over), (false, true));
        let in_time = scene.settle(release(&quick, vec![])).await;
        assert_eq!((in_time.still_owner, in_time.taken_over), (true, false));
        let again = scene.settle(release(&slow, vec![])).await;
        assert_eq!((again.still_owner, again.taken_over), (false, true));
    });
}

#[test]
fn a_worker_that_missed_a_lease_is_granted_the_lane_again() {
    run(async {
        let scene = due_at(2).await;
        let request = a_lease_request();
        let lease = async |request: LeaseRequest| scene.stores.lanes.lease(request).await.unwrap();
        let first = lease(request.clone()).await;
        assert_eq!(first.len(), 2);
        assert_eq!(scene.lease().await, [], "another worker gets neither");

        // The response for the second lane was lost.
        let held = LeaseRequest { held: vec![first[0].lane], ..request.clone() };
        let again = lease(held).await;
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].lane, first[1].lane);
        assert!(again[0].epoch > first[1].epoch);
        assert_eq!(again[0].due, first[1].due);
        assert!(!again[0].taken_over, "no event was sent");
        let both =
            LeaseRequest { held: first.iter().map(|leased| leased.lane).collect(), ..request };
        assert_eq!(lease(both.clone()).await, []);

        // Deliveries in hand are not settled yet: only another worker may send them again.
        scene.end_lease(&first[0]);
        assert_eq!(lease(both).await, []);
        assert_eq!(scene.lease_one().await.lane, first[0].lane);
    });
}

#[test]
fn an_application_with_its_full_share_gets_no_lane() {
    run(async {
        let scene = due_at(2).await;
        let except = |except| LeaseRequest { except, ..a_lease_request() };
        let lease = async |request: LeaseRequest| scene.stores.lanes.lease(request).await.unwrap();
        let none = lease(except(vec![scene.tenant.id()])).await;
        assert_eq!(none, []);
        let other = ApplicationId::new(uuid::Uuid::from_u128(7));
        assert_eq!(lease(except(vec![other])).await.len(), 2);
    });
}
