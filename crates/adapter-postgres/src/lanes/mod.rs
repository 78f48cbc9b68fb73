//! [`LaneStore`] on PostgreSQL: leases of lanes, their due deliveries, and the results of attempts.
//!
//! Each call is one function in the database (`migrations/`), and therefore one round trip and one transaction: no lock
//! is held while the database waits for this process. A lease takes two calls, so that bodies are read without a lock.
//! This module decides nothing: the caller passes retry times and the health of the destination.

mod rows;
mod settle;

use std::time::Duration;

use async_trait::async_trait;
use diesel::sql_types::BigInt;
use users_domain::model::WorkerId;
use users_domain::model::webhooks::{LaneEpoch, LaneId};
use users_domain::ports::{
    DueDelivery, LaneStore, LeaseRequest, LeasedLane, Settlement, SettlementResult, StoreError,
};

use crate::adapters::PgLaneStore;
use crate::numbers::{signed, whole_millis};
use crate::statement::Statement;
use rows::{DueRow, LaneDueRow, LeaseRow, hand_out};

impl PgLaneStore {
    /// Reads the first due deliveries of leased lanes.
    async fn first_due(
        &self,
        lanes: &[LeasedLane],
        per_lane: usize,
    ) -> Result<Vec<(LaneId, DueDelivery)>, StoreError> {
        const FIRST_DUE: &str = "SELECT * FROM due_of_lanes($1, $2)";
        let numbers: Vec<_> = lanes.iter().map(|leased| leased.lane.number()).collect();
        let statement = Statement::new(FIRST_DUE).bind(numbers).bind(signed(per_lane));
        self.pool
            .run(|connection| {
                let rows: Vec<LaneDueRow> = statement.rows(connection)?;
                rows.into_iter().map(LaneDueRow::into_delivery).collect()
            })
            .await
    }
}

#[async_trait]
impl LaneStore for PgLaneStore {
    async fn lease(&self, request: LeaseRequest) -> Result<Vec<LeasedLane>, StoreError> {
        const LEASE: &str = "SELECT * FROM lease_due_lanes($1, $2, $3, $4, $5)";
        let held: Vec<_> = request.held.iter().map(|lane| lane.number()).collect();
        let except: Vec<_> = request.except.iter().map(|id| id.uuid()).collect();
        let statement = Statement::new(LEASE)
            .bind(request.worker.uuid())
            .bind(held)
            .bind(except)
            .bind(signed(request.lanes))
            .bind(whole_millis(request.lease));
        let mut lanes: Vec<LeasedLane> = self
            .pool
            .run(|connection| {
                let rows: Vec<LeaseRow> = statement.rows(connection)?;
                Ok(rows.into_iter().map(LeaseRow::into_lane).collect())
            })
            .await?;
        if lanes.is_empty() {
            return Ok(lanes);
        }
        match self.first_due(&lanes, request.deliveries_per_lane).await {
            Ok(due) => hand_out(&mut lanes, due),
            // The lanes are leased: a worker that finds no due delivery in them releases them. After an error, they
            // would wait until the lease expires.
            Err(error) => {
                tracing::warn!(lanes = lanes.len(), %error, "the due deliveries of leased lanes could not be read");
            }
        }
        Ok(lanes)
    }

    async fn renew(
        &self,
        worker: WorkerId,
        lanes: &[(LaneId, LaneEpoch)],
        lease: Duration,
    ) -> Result<Vec<LaneId>, StoreError> {
        // Locks the lanes in the order of their numbers, like all code that locks several lanes.
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
        let (numbers, epochs): (Vec<_>, Vec<_>) =
            lanes.iter().map(|(lane, epoch)| (lane.number(), epoch.number())).unzip();
        let statement = Statement::new(RENEW)
            .bind(numbers)
            .bind(epochs)
            .bind(worker.uuid())
            .bind(whole_millis(lease));
        self.pool
            .run(|connection| {
                let lanes: Vec<i64> = statement.typed_rows::<BigInt, _>(connection)?;
                Ok(lanes.into_iter().map(LaneId::new).collect())
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
        let statement =
            Statement::new(DUE).bind(lane.number()).bind(except.to_vec()).bind(signed(limit));
        self.pool
            .run(|connection| {
                let rows: Vec<DueRow> = statement.rows(connection)?;
                rows.into_iter().map(DueRow::into_delivery).collect()
            })
            .await
    }

    async fn settle(&self, settlement: Settlement) -> Result<SettlementResult, StoreError> {
        self.pool.run(move |connection| settle::settle_on(connection, &settlement)).await
    }
}
