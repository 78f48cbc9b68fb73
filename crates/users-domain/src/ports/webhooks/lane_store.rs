//! The store of lanes: due deliveries and the leases of workers.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::webhooks::{
    Answer, DestinationUrl, DisabledReason, LaneEpoch, LaneHealth, LaneId, NextStep, SealedSecret,
    StoredMessage,
};
use crate::model::{ApplicationId, AttemptId, DestinationId, Timestamp, WorkerId};
use crate::ports::StoreError;

/// A worker's request for leases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The worker.
    pub worker: WorkerId,
    /// The lanes that the worker holds. Any other lane leased to this worker is a lease whose response was lost.
    pub held: Vec<LaneId>,
    /// Applications that have reached their share of lanes in this worker; their lanes are excluded.
    pub except: Vec<ApplicationId>,
    /// Maximum number of lanes.
    pub lanes: usize,
    /// Maximum number of due deliveries per lane.
    pub deliveries_per_lane: usize,
    /// Duration of the lease.
    pub lease: Duration,
}

/// A due delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Position in the lane. Lane and position identify the delivery.
    pub queue_seq: i64,
    /// Number of scheduled attempts so far.
    pub attempts_made: u32,
    /// When the event was stored.
    pub recorded_at: Timestamp,
    /// The message to send.
    pub message: StoredMessage,
}

impl DueDelivery {
    /// Number of the next attempt on the schedule, from 1.
    #[must_use]
    pub const fn attempt_number(&self) -> u32 {
        self.attempts_made.saturating_add(1)
    }
}

/// A lane leased exclusively to the requesting worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedLane {
    /// The lane.
    pub lane: LaneId,
    /// The number of the lease.
    pub epoch: LaneEpoch,
    /// The application.
    pub application: ApplicationId,
    /// The destination.
    pub destination: DestinationId,
    /// The URL of the destination.
    pub url: DestinationUrl,
    /// The currently signing secrets, newest first.
    pub secrets: Vec<SealedSecret>,
    /// The health of the destination.
    pub health: LaneHealth,
    /// Start of the lease, by the database's clock. It ends after the requested duration.
    pub leased_at: Timestamp,
    /// Whether the previous lease expired without release, so that attempts in progress are repeated.
    pub taken_over: bool,
    /// The first due deliveries, by due time, then position.
    pub due: Vec<DueDelivery>,
}

/// A finished attempt and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledAttempt {
    /// Id of the attempt.
    pub id: AttemptId,
    /// The delivery as it was due; its message may be without a body.
    pub delivery: DueDelivery,
    /// The response.
    pub answer: Answer,
    /// Duration of the attempt.
    pub duration: Duration,
    /// The next step of the delivery.
    pub next: NextStep,
}

/// The results of a worker for a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The lane.
    pub lane: LaneId,
    /// The number of the lease.
    pub epoch: LaneEpoch,
    /// The application.
    pub application: ApplicationId,
    /// The destination.
    pub destination: DestinationId,
    /// The finished attempts, in the order in which they ended.
    pub attempts: Vec<SettledAttempt>,
    /// The new health of the destination.
    pub health: LaneHealth,
    /// Earliest time of the next attempt, set by the receiver or the breaker.
    pub not_before: Option<Timestamp>,
    /// The reason to disable the destination, if it must be disabled.
    pub disable: Option<DisabledReason>,
    /// Whether the lane is released.
    pub release: bool,
}

/// Result of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettlementResult {
    /// Whether the lease was still valid: not expired, not ended by a client's change, not taken by another worker.
    pub still_owner: bool,
    /// Whether the lane was leased again in the meantime; another worker may have sent the same attempts.
    pub taken_over: bool,
    /// Number of attempts whose delivery another worker had already settled: these events were sent twice.
    pub settled_before: usize,
    /// Number of deliveries that became due because the preceding delivery was settled.
    pub unparked: usize,
}

/// The queues of destinations.
///
/// - At most one worker MUST hold a lane at a time. A new lease of an expired one has a new epoch and MUST report it.
/// - A worker whose lease response was lost MUST receive the lane with its next request. A lane that the worker holds
///   MUST NOT be leased to it again, even after the lease expired: its results are not stored yet.
/// - For a destination ordered per user, only the first delivery of each ordering key MUST be due.
/// - A delivery MUST NOT be lost: it is stored until it is settled as done or as a dead letter.
/// - A failure MUST be counted only if the attempt was not settled before; a success is always counted.
/// - A lane that is released while deliveries become due MUST be found by the next lease.
/// - Lanes of disabled or paused destinations MUST NOT be leased.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait LaneStore: Send + Sync {
    /// Leases lanes with due deliveries, the longest waiting first.
    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedLane>, StoreError>;

    /// Extends leases to `lease` from now. Returns the lanes whose lease was still valid.
    async fn renew(
        &self,
        worker: WorkerId,
        lanes: &[(LaneId, LaneEpoch)],
        lease: Duration,
    ) -> Result<Vec<LaneId>, StoreError>;

    /// Returns the due deliveries of a lane, by due time, then position, without the positions in `except`.
    async fn due(
        &self,
        lane: LaneId,
        except: &[i64],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Stores the results, all or none.
    async fn settle(&self, settlement: Settlement) -> Result<SettlementResult, StoreError>;
}
