//! Leases of lanes, and their due deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use users_domain::model::Timestamp;
use users_domain::model::webhooks::{LaneEpoch, LaneId, NextStep};
use users_domain::ports::LeaseRequest;

use super::{LaneSubject, Obstacle};
use crate::conformance::at_once::at_once;
use crate::{MANY, a_lease_request, release, retry, settlement, tried};

/// Of several workers that request lanes at the same time, one gets each lane.
pub async fn at_most_one_worker_has_a_lane_at_a_time(subject: &LaneSubject) {
    const LANES: usize = 12;

    subject.add_lanes(LANES).await;
    let workers = (0..6).map(|_| {
        let subject = subject.clone();
        async move {
            let mut mine = Vec::new();
            for _ in 0..LANES {
                let request = LeaseRequest { lanes: 1, ..a_lease_request() };
                mine.extend(subject.lease_with(request).await);
            }
            mine
        }
    });
    let leased = at_once(workers.collect()).await.concat();
    let lanes: BTreeSet<_> = leased.iter().map(|leased| leased.lane).collect();
    assert_eq!((leased.len(), lanes.len()), (LANES, LANES), "one worker per lane");
    assert_eq!(subject.lease().await, []);
}

/// It has the same deliveries.
pub async fn an_expired_lane_is_leased_again_with_a_new_epoch(subject: &LaneSubject) {
    let first = subject.leased(&["ada"]).await;
    assert_eq!(subject.lease().await, []);
    let second = subject.taken_over(&first).await;
    assert_eq!(second.lane, first.lane);
    assert!(second.epoch > first.epoch);
    assert_eq!(second.due, first.due);
}

/// The next lease after a release does not report it.
pub async fn a_lane_that_was_not_released_is_reported_as_taken_over(subject: &LaneSubject) {
    subject.add_lanes(2).await;
    let [dead, given_back] = subject.lease().await.try_into().expect("two lanes");
    assert!(!dead.taken_over && !given_back.taken_over);
    subject.settle(release(&given_back, vec![])).await;
    subject.inspect.end_lease(dead.lane).await;
    let second = subject.lease().await;
    assert_eq!(second.len(), 2);
    for leased in &second {
        assert_eq!(leased.taken_over, leased.lane == dead.lane, "{leased:?}");
        subject.settle(release(leased, vec![])).await;
    }
    let third = subject.lease().await;
    assert_eq!(third.len(), 2);
    assert!(third.iter().all(|leased| !leased.taken_over), "{third:?}");
}

/// Covers a report before and after another worker leased the lane, and after that worker released it.
pub async fn a_former_owner_learns_whether_the_lane_was_taken_over(subject: &LaneSubject) {
    let slow = subject.leased(&["ada"]).await;
    subject.inspect.end_lease(slow.lane).await;
    let late = subject.settle(settlement(&slow, vec![])).await;
    assert_eq!((late.still_owner, late.taken_over), (false, false));

    let quick = subject.lease_one().await;
    let sent = tried(&slow.due[0], NextStep::Done);
    let late = subject.settle(settlement(&slow, vec![sent])).await;
    assert_eq!((late.still_owner, late.taken_over), (false, true));
    let in_time = subject.settle(release(&quick, vec![])).await;
    assert_eq!((in_time.still_owner, in_time.taken_over), (true, false));
    let again = subject.settle(release(&slow, vec![])).await;
    assert_eq!((again.still_owner, again.taken_over), (false, true));
}

/// A lane that the worker holds is leased to another worker only, after the lease expired: its results are not stored
/// yet.
pub async fn a_worker_that_missed_a_lease_is_granted_the_lane_again(subject: &LaneSubject) {
    subject.add_lanes(2).await;
    let request = a_lease_request();
    let first = subject.lease_with(request.clone()).await;
    assert_eq!(first.len(), 2);
    assert_eq!(subject.lease().await, [], "another worker gets neither");

    // The response for the second lane was lost.
    let held = LeaseRequest { held: vec![first[0].lane], ..request.clone() };
    let [again] = subject.lease_with(held).await.try_into().expect("one lane");
    assert_eq!((again.lane, &again.due), (first[1].lane, &first[1].due));
    assert!(again.epoch > first[1].epoch);
    assert!(!again.taken_over, "no event was sent");
    let both = LeaseRequest { held: first.iter().map(|leased| leased.lane).collect(), ..request };
    assert_eq!(subject.lease_with(both.clone()).await, []);

    subject.inspect.end_lease(first[0].lane).await;
    assert_eq!(subject.lease_with(both).await, []);
    assert_eq!(subject.lease_one().await.lane, first[0].lane);
}

/// Lanes of other applications are leased.
pub async fn an_application_with_its_full_share_gets_no_lane(subject: &LaneSubject) {
    subject.add_lanes(2).await;
    let [full, other] = subject.lease().await.try_into().expect("two lanes");
    for lane in [&full, &other] {
        subject.settle(release(lane, vec![])).await;
    }
    let request = LeaseRequest { except: vec![full.application], ..a_lease_request() };
    let [leased] = subject.lease_with(request).await.try_into().expect("one lane");
    assert_eq!(leased.application, other.application);
}

/// No lane waits for ever behind lanes that always have due deliveries.
pub async fn lanes_with_constant_work_take_turns(subject: &LaneSubject) {
    subject.add_lanes(3).await;
    let mut turns = Vec::new();
    for _ in 0..6 {
        let request = LeaseRequest { lanes: 1, ..a_lease_request() };
        let [leased] = subject.lease_with(request).await.try_into().expect("one lane");
        assert_eq!(leased.due.len(), 1, "{turns:?}");
        subject.settle(release(&leased, vec![])).await;
        turns.push(leased.lane);
    }
    assert_eq!(turns[..3], turns[3..]);
    assert_eq!(turns.iter().collect::<BTreeSet<_>>().len(), 3);
}

/// A lane without deliveries is not leased either.
pub async fn disabled_paused_and_idle_lanes_are_not_leased(subject: &LaneSubject) {
    subject.inspect.add_lane().await;
    let lane = subject.add_lanes(1).await[0];
    for obstacle in [Obstacle::Disabled, Obstacle::Paused] {
        subject.inspect.hold_back(lane, Some(obstacle)).await;
        assert_eq!(subject.lease().await, [], "{obstacle:?}");
        subject.inspect.hold_back(lane, None).await;
    }
    assert_eq!(subject.lease_one().await.lane, lane);
}

/// Covers expired leases, disabled destinations, other epochs, released lanes and other workers.
pub async fn a_lease_is_renewed_only_for_its_current_owner(subject: &LaneSubject) {
    subject.add_lanes(6).await;
    let request = a_lease_request();
    let leased = subject.lease_with(request.clone()).await;
    let [held, ended, disabled, older, given_back, again] = &leased[..] else {
        panic!("{leased:?}");
    };
    subject.inspect.end_lease(ended.lane).await;
    subject.inspect.hold_back(disabled.lane, Some(Obstacle::Disabled)).await;
    subject.settle(release(given_back, vec![])).await;
    let asked = [
        (again.lane, again.epoch),
        (held.lane, held.epoch),
        (ended.lane, ended.epoch),
        (disabled.lane, disabled.epoch),
        (older.lane, LaneEpoch::new(older.epoch.number() - 1)),
        (given_back.lane, given_back.epoch),
    ];
    let lease = Duration::from_mins(30);
    let none = subject.lanes.renew(a_lease_request().worker, &asked, lease).await;
    assert_eq!(none, Ok(vec![]), "for another worker");
    let renewed = subject.lanes.renew(request.worker, &asked, lease).await;
    let mut renewed = renewed.expect("the store answers");
    renewed.sort_unstable();
    let mut expected = [held.lane, again.lane];
    expected.sort_unstable();
    assert_eq!(renewed, expected);
    for lane in leased.iter().map(|leased| leased.lane) {
        let is_longer = subject.inspect.leased_for(lane).await > Duration::from_mins(29);
        assert_eq!(is_longer, expected.contains(&lane), "{lane:?}");
    }
    let nothing = subject.lanes.renew(request.worker, &[], lease).await;
    assert_eq!(nothing, Ok(vec![]));
}

/// They are ordered by due time, then position.
pub async fn due_deliveries_are_ordered_and_exclude_those_in_flight(subject: &LaneSubject) {
    let leased = subject.leased(&["ada", "bob", "cyd", "dan"]).await;
    let lane = leased.lane;
    let queue_seqs: Vec<_> = leased.due.iter().map(|due| due.queue_seq).collect();
    let [ada, bob, cyd, dan] = queue_seqs[..] else {
        panic!("{queue_seqs:?}");
    };
    assert_eq!(subject.due(lane, &[], MANY).await, [ada, bob, cyd, dan]);
    let attempts = vec![tried(&leased.due[0], retry(0)), tried(&leased.due[1], retry(3_600))];
    subject.settle(settlement(&leased, attempts)).await;
    assert_eq!(subject.due(lane, &[], MANY).await, [cyd, dan, ada]);
    assert_eq!(subject.due(lane, &[], 2).await, [cyd, dan]);
    assert_eq!(subject.due(lane, &[cyd], 2).await, [dan, ada]);
    assert_eq!(subject.due(lane, &[cyd, ada, dan], 2).await, [0_i64; 0]);
    let again = subject.lanes.due(lane, &[dan, ada], 1).await;
    assert_eq!(again, Ok(vec![leased.due[2].clone()]));
    let unknown = LaneId::new(lane.number() + 1);
    assert_eq!(subject.due(unknown, &[], MANY).await, [0_i64; 0]);
}

/// The next worker continues with it.
pub async fn health_is_stored_for_the_next_lease(subject: &LaneSubject) {
    let leased = subject.leased(&["ada"]).await;
    let mut report = release(&leased, vec![]);
    report.health.concurrency = 7;
    report.health.paused_until = Some(Timestamp::UNIX_EPOCH.next_microsecond());
    let health = report.health.clone();
    subject.settle(report).await;
    assert_eq!(subject.lease_one().await.health, health);
}
