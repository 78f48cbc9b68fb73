//! Requirements for every `LaneStore`.

mod leasing;
mod settling;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::LaneId;
use users_domain::ports::{LaneStore, LeaseRequest, LeasedLane, Settlement, SettlementResult};

use crate::a_lease_request;

pub use leasing::*;
pub use settling::*;

/// A `LaneStore` under test, without lanes.
#[derive(Clone)]
pub struct LaneSubject {
    /// The port.
    pub lanes: Arc<dyn LaneStore>,
    /// Access to its lanes, past the port.
    pub inspect: Arc<dyn InspectLanes>,
}

/// Why a lane is not leased although deliveries are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The destination is disabled.
    Disabled,
    /// The lane is paused.
    Paused,
}

/// What a lane contains and what was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneRow {
    /// The number of deliveries, due or not.
    pub waiting: usize,
    /// The number of dead letters.
    pub dead_letters: usize,
    /// The number of counted attempts.
    pub attempts: usize,
    /// The number of counted failures.
    pub failures: usize,
}

/// Creates and reads lanes.
#[async_trait]
pub trait InspectLanes: Send + Sync {
    /// Adds the lane of an enabled destination of a new application, ordered per user.
    async fn add_lane(&self) -> LaneId;

    /// Adds the next event of a user to a lane.
    async fn add_event(&self, lane: LaneId, user: &'static str);

    /// Ends the lease of a lane now.
    async fn end_lease(&self, lane: LaneId);

    /// Until when the lane is leased, from now.
    async fn leased_for(&self, lane: LaneId) -> Duration;

    /// Sets or, with `None`, removes the obstacle of a lane.
    async fn hold_back(&self, lane: LaneId, obstacle: Option<Obstacle>);

    /// The content of a lane.
    async fn row(&self, lane: LaneId) -> LaneRow;
}

impl LaneSubject {
    /// Adds lanes with one due event each.
    async fn add_lanes(&self, lanes: usize) -> Vec<LaneId> {
        let mut added = Vec::new();
        for _ in 0..lanes {
            let lane = self.inspect.add_lane().await;
            self.inspect.add_event(lane, "ada").await;
            added.push(lane);
        }
        added
    }

    /// Leases a new lane with one due event of each of these users.
    async fn leased(&self, users: &[&'static str]) -> LeasedLane {
        let lane = self.inspect.add_lane().await;
        for user in users {
            self.inspect.add_event(lane, user).await;
        }
        let leased = self.lease_one().await;
        assert_eq!((leased.lane, leased.due.len()), (lane, users.len()));
        leased
    }

    /// Another worker's lease of the same lane, after the first lease expired.
    async fn taken_over(&self, leased: &LeasedLane) -> LeasedLane {
        self.inspect.end_lease(leased.lane).await;
        self.lease_one().await
    }

    async fn lease_with(&self, request: LeaseRequest) -> Vec<LeasedLane> {
        self.lanes.lease(request).await.expect("the store answers")
    }

    /// Leases all available lanes for a new worker.
    async fn lease(&self) -> Vec<LeasedLane> {
        self.lease_with(a_lease_request()).await
    }

    /// Leases the only available lane.
    async fn lease_one(&self) -> LeasedLane {
        let [lane] = self.lease().await.try_into().expect("one lane");
        lane
    }

    async fn settle(&self, settlement: Settlement) -> SettlementResult {
        self.lanes.settle(settlement).await.expect("the store answers")
    }

    /// The positions of the due deliveries.
    async fn due(&self, lane: LaneId, except: &[i64], limit: usize) -> Vec<i64> {
        let due = self.lanes.due(lane, except, limit).await;
        due.expect("the store answers").iter().map(|due| due.queue_seq).collect()
    }
}
