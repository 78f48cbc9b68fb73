//! How reports of workers, also late ones, change deliveries and lanes.

use users_domain::model::webhooks::{DisabledReason, NextStep};
use users_domain::ports::{LeasedLane, Settlement, SettlementResult};

use super::LaneSubject;
use crate::{MANY, base_time, release, retry, settlement, tried};

/// A retry does not make it due.
pub async fn the_next_event_of_a_user_becomes_due_after_the_settlement(subject: &LaneSubject) {
    for (next, becomes_due) in
        [(NextStep::Done, true), (NextStep::DeadLetter, true), (retry(3_600), false)]
    {
        let leased = subject.leased(&["ada"]).await;
        for _ in 0..2 {
            subject.inspect.add_event(leased.lane, "ada").await;
        }
        assert_eq!(subject.due(leased.lane, &[], MANY).await.len(), 1, "one event of a user");
        let attempt = tried(&leased.due[0], next);
        let result = subject.settle(settlement(&leased, vec![attempt])).await;
        let unparked = usize::from(becomes_due);
        let expected = SettlementResult { still_owner: true, unparked, ..Default::default() };
        assert_eq!(result, expected, "{next:?}");
        assert_eq!(subject.due(leased.lane, &[], MANY).await.len(), unparked, "{next:?}");
        let row = subject.inspect.row(leased.lane).await;
        assert_eq!(row.waiting, 3 - unparked, "no delivery is lost: {next:?}");
        assert_eq!(row.dead_letters, usize::from(next == NextStep::DeadLetter));
    }
}

/// Covers a success, a retry and a dead letter before the failure of a former owner.
pub async fn a_failure_counts_only_if_the_attempt_was_not_settled_before(subject: &LaneSubject) {
    for first in [NextStep::Done, retry(60), NextStep::DeadLetter] {
        for late in [retry(5), NextStep::DeadLetter] {
            let slow = subject.leased(&["ada"]).await;
            let quick = subject.taken_over(&slow).await;
            subject.settle(settlement(&quick, vec![tried(&quick.due[0], first)])).await;
            let before = subject.inspect.row(slow.lane).await;
            let result = subject.settle(release(&slow, vec![tried(&slow.due[0], late)])).await;
            let expected = SettlementResult {
                taken_over: true,
                settled_before: 1,
                ..SettlementResult::default()
            };
            assert_eq!(result, expected, "{first:?}, then {late:?}");
            let after = subject.inspect.row(slow.lane).await;
            assert_eq!(after, before, "{first:?}, then {late:?}");
        }
    }
}

/// The receiver has the event, so it is neither sent again nor a dead letter.
pub async fn a_success_always_counts_and_a_second_one_is_reported(subject: &LaneSubject) {
    for first in [NextStep::Done, retry(60), NextStep::DeadLetter] {
        let slow = subject.leased(&["ada"]).await;
        subject.inspect.add_event(slow.lane, "ada").await;
        let quick = subject.taken_over(&slow).await;
        subject.settle(settlement(&quick, vec![tried(&quick.due[0], first)])).await;
        let late = tried(&slow.due[0], NextStep::Done);
        let result = subject.settle(settlement(&slow, vec![late])).await;
        assert!(!result.still_owner);
        assert_eq!(result.settled_before, 1, "{first:?}");
        assert_eq!(result.unparked, usize::from(first == retry(60)), "{first:?}");
        let row = subject.inspect.row(slow.lane).await;
        assert_eq!((row.waiting, row.dead_letters, row.attempts), (1, 0, 2), "{first:?}");
        assert_eq!(row.failures, usize::from(first != NextStep::Done), "{first:?}");
    }
}

/// Neither a former owner nor a worker that released the lane disables, pauses or releases it.
pub async fn only_the_latest_lease_changes_the_state_of_the_lane(subject: &LaneSubject) {
    let slow = subject.leased(&["ada"]).await;
    let quick = subject.taken_over(&slow).await;
    let report_of = |lane: &LeasedLane, concurrency| {
        let mut report = Settlement {
            not_before: Some(base_time()),
            disable: Some(DisabledReason::Gone),
            ..release(lane, vec![])
        };
        report.health.concurrency = concurrency;
        report
    };
    assert!(!subject.settle(report_of(&slow, 3)).await.still_owner);
    assert_eq!(subject.lease().await, [], "the lane is still leased");
    let mut enabled = report_of(&quick, 4);
    enabled.disable = None;
    assert!(subject.settle(enabled).await.still_owner);
    assert!(!subject.settle(report_of(&quick, 5)).await.still_owner, "after its release");
    let next = subject.lease_one().await;
    assert_eq!(next.health.concurrency, 4);
    assert!(subject.settle(report_of(&next, 6)).await.still_owner);
    assert_eq!(subject.lease().await, [], "the destination is disabled");
}

/// Its results and its health are stored.
pub async fn an_expired_lease_is_reported_even_before_a_takeover(subject: &LaneSubject) {
    let leased = subject.leased(&["ada", "bob"]).await;
    subject.inspect.end_lease(leased.lane).await;
    let mut report = settlement(&leased, vec![tried(&leased.due[0], NextStep::Done)]);
    report.health.concurrency = 5;
    assert_eq!(subject.settle(report).await, SettlementResult::default());
    let next = subject.lease_one().await;
    assert_eq!(next.health.concurrency, 5);
    assert_eq!(next.due, leased.due[1..]);
}

/// The lane was released while nothing was due.
pub async fn a_late_settlement_wakes_an_unleased_lane(subject: &LaneSubject) {
    let slow = subject.leased(&["ada"]).await;
    subject.inspect.add_event(slow.lane, "ada").await;
    let quick = subject.taken_over(&slow).await;
    subject.settle(release(&quick, vec![tried(&quick.due[0], retry(600))])).await;
    assert_eq!(subject.lease().await, []);
    let late = tried(&slow.due[0], NextStep::Done);
    assert_eq!(subject.settle(release(&slow, vec![late])).await.unparked, 1);
    assert_eq!(subject.lease_one().await.due.len(), 1);
}
