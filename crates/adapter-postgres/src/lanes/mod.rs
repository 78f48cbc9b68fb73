//! [`LaneStore`] on PostgreSQL: leases of lanes, what is due in them, and what came of it.
//!
//! Each call is one function in the database (`migrations/`), and so one round trip and one transaction: no lock waits
//! for this process. Decides nothing: when a delivery is tried again and how a destination fares comes with the call.

mod rows;
mod settle;

use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::WorkerId;
use users_domain::model::webhooks::{LaneEpoch, LaneId};
use users_domain::ports::{
    DueDelivery, LaneStore, LeaseWish, LeasedLane, Settlement, SettlementResult, StoreError,
};

use crate::numbers::{signed, whole_millis};
use crate::pool::Pool;
use crate::statement::Statement;
use rows::{DueRow, LaneRow, LeaseRow, leased_lanes};

/// Keeps the queues of destinations.
#[derive(Clone)]
pub struct PgLaneStore {
    pool: Pool,
}

impl PgLaneStore {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl LaneStore for PgLaneStore {
    async fn lease(&self, wish: LeaseWish) -> Result<Vec<LeasedLane>, StoreError> {
        const LEASE: &str = "SELECT * FROM lease_lanes($1, $2, $3, $4)";
        let statement = Statement::new(LEASE)
            .bind(wish.worker.uuid())
            .bind(signed(wish.lanes))
            .bind(signed(wish.deliveries_per_lane))
            .bind(whole_millis(wish.lease));
        self.pool
            .run(|connection| {
                let rows: Vec<LeaseRow> = statement.rows(connection)?;
                leased_lanes(rows)
            })
            .await
    }

    async fn renew(
        &self,
        worker: WorkerId,
        lanes: &[(LaneId, LaneEpoch)],
        lease: Duration,
    ) -> Result<Vec<LaneId>, StoreError> {
        // In the order of their numbers, as everybody who locks several lanes.
        const RENEW: &str = "
            WITH held AS MATERIALIZED (
                SELECT l.lane FROM webhook_lanes l
                JOIN unnest($1::bigint[], $2::bigint[]) asked (lane, epoch) ON asked.lane = l.lane AND asked.epoch = l.lease_epoch
                WHERE l.lease_owner = $3 AND l.lease_until > now() AND l.disabled_reason IS NULL
                ORDER BY l.lane
                FOR NO KEY UPDATE OF l
            )
            UPDATE webhook_lanes l SET lease_until = now() + $4 * interval '1 millisecond'
            FROM held WHERE l.lane = held.lane
            RETURNING l.lane";
        let (numbers, epochs): (Vec<_>, Vec<_>) = lanes
            .iter()
            .map(|(lane, epoch)| (lane.number(), epoch.number()))
            .unzip();
        let statement = Statement::new(RENEW)
            .bind(numbers)
            .bind(epochs)
            .bind(worker.uuid())
            .bind(whole_millis(lease));
        self.pool
            .run(|connection| {
                let rows: Vec<LaneRow> = statement.rows(connection)?;
                Ok(rows.into_iter().map(LaneRow::into_id).collect())
            })
            .await
    }

    async fn due(
        &self,
        lane: LaneId,
        except: &[i64],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        const DUE: &str = "SELECT * FROM due_deliveries($1, $2, $3)";
        let statement = Statement::new(DUE)
            .bind(lane.number())
            .bind(except.to_vec())
            .bind(signed(limit));
        self.pool
            .run(|connection| {
                let rows: Vec<DueRow> = statement.rows(connection)?;
                rows.into_iter().map(DueRow::into_delivery).collect()
            })
            .await
    }

    async fn settle(&self, settlement: Settlement) -> Result<SettlementResult, StoreError> {
        self.pool
            .run(move |connection| settle::settle_on(connection, &settlement))
            .await
    }
}
