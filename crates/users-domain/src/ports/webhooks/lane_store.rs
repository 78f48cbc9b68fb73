//! What is due, and who works on it.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::webhooks::{
    Answer, DestinationUrl, DisabledReason, LaneEpoch, LaneHealth, LaneId, NextStep, SealedSecret,
    StoredMessage,
};
use crate::model::{ApplicationId, AttemptId, DestinationId, Timestamp, WorkerId};
use crate::ports::StoreError;

/// The request for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Who.
    pub worker: WorkerId,
    /// The lanes that it has in work. Another one that is leased to it is one of whose lease it never heard.
    pub held: Vec<LaneId>,
    /// Applications that have as many lanes in work there as they may: none of theirs.
    pub except: Vec<ApplicationId>,
    /// How many lanes at most.
    pub lanes: usize,
    /// How many due deliveries of each at most.
    pub deliveries_per_lane: usize,
    /// For how long.
    pub lease: Duration,
}

/// A delivery whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its place in the lane; with the lane it names the delivery.
    pub place: i64,
    /// Attempts by the schedule so far.
    pub attempts_made: u32,
    /// When its event was stored.
    pub recorded_at: Timestamp,
    /// What is to be sent.
    pub message: StoredMessage,
}

/// A lane that the asking worker alone works on until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedLane {
    /// Which.
    pub lane: LaneId,
    /// Which lease of it.
    pub epoch: LaneEpoch,
    /// Whose.
    pub application: ApplicationId,
    /// Where to.
    pub destination: DestinationId,
    /// The address.
    pub url: DestinationUrl,
    /// The secrets that sign now, newest first.
    pub secrets: Vec<SealedSecret>,
    /// How the destination fares.
    pub health: LaneHealth,
    /// The database's time at which the lease was given; it ends `lease` later.
    pub leased_at: Timestamp,
    /// Whether the lease before ended without the lane being given back: what its owner had under way is sent again.
    pub taken_over: bool,
    /// The first due deliveries, by due time, then place.
    pub due: Vec<DueDelivery>,
}

/// An attempt and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledAttempt {
    /// The attempt's own id.
    pub id: AttemptId,
    /// The delivery's place in the lane.
    pub place: i64,
    /// What the log names.
    pub message: StoredMessage,
    /// When the event was stored.
    pub recorded_at: Timestamp,
    /// The how manieth, from 1; the delivery had one less when it was read.
    pub number: u32,
    /// What came of it.
    pub answer: Answer,
    /// How long it took.
    pub duration: Duration,
    /// What follows.
    pub next: NextStep,
}

/// What a worker did with a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub lane: LaneId,
    /// Under which lease.
    pub epoch: LaneEpoch,
    /// Whose.
    pub application: ApplicationId,
    /// Where to.
    pub destination: DestinationId,
    /// The attempts, in the order in which they ended.
    pub attempts: Vec<SettledAttempt>,
    /// How the destination fares now.
    pub health: LaneHealth,
    /// No attempt before this time: the receiver or the breaker says so.
    pub not_before: Option<Timestamp>,
    /// Whether and why nothing more is to be sent.
    pub disable: Option<DisabledReason>,
    /// Whether the lane is given back.
    pub release: bool,
}

/// What settling found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettlementResult {
    /// Whether the lease still held. If not, its time was over, a client changed the destination, or another worker has the
    /// lane.
    pub still_owner: bool,
    /// Whether the lane was leased again since: another worker may have made the same attempts.
    pub taken_over: bool,
    /// Attempts whose delivery somebody else had settled before: what they sent was sent twice.
    pub settled_before: usize,
    /// Deliveries that became due because the one before them was settled.
    pub unparked: usize,
}

/// The queues of destinations.
///
/// - At most one worker MUST have a lane at a time; a lane whose lease has ended MAY be leased anew, with a new epoch, and
///   whoever gets it MUST be told that nobody gave it back.
/// - A worker that was not told of a lease, as the answer was lost, MUST be given that lane when it asks again. One that it
///   holds MUST NOT be leased to it again, even where its lease has ended: what it has in hand is not written down yet.
/// - For a destination ordered per user, of deliveries with one ordering key only the first MUST be due.
/// - A delivery MUST NOT be lost: it is there until it is settled as done or put aside.
/// - A failure MUST count only where nobody settled that attempt before; a success always does.
/// - A lane that is given back while deliveries become due MUST be found by the next lease.
/// - What is disabled or held back MUST NOT be leased.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait LaneStore: Send + Sync {
    /// Leases lanes with something due, those that have waited longest first.
    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedLane>, StoreError>;

    /// Makes leases last for `lease` from now on. Answers those that still held.
    async fn renew(
        &self,
        worker: WorkerId,
        lanes: &[(LaneId, LaneEpoch)],
        lease: Duration,
    ) -> Result<Vec<LaneId>, StoreError>;

    /// The due deliveries of a lane, by due time, then place, without those at `except`.
    async fn due(
        &self,
        lane: LaneId,
        except: &[i64],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// Writes down what was done, all or nothing.
    async fn settle(&self, settlement: Settlement) -> Result<SettlementResult, StoreError>;
}
