//! [`RecoveryStore`] on PostgreSQL. Each portion is one call of a function, which locks the lane.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use users_domain::model::webhooks::{Recovery, RecoveryState};
use users_domain::model::{ApplicationId, DestinationId, RecoveryId, Timestamp};
use users_domain::ports::{RecoveryStore, StoreError};
use uuid::Uuid;

use crate::adapters::PgRecoveryStore;
use crate::destination_store::lock_destination;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::Work;
use crate::rows::{invalid, unsigned};
use crate::schema::functions::advance_webhook_recovery;
use crate::schema::tables::webhook_recoveries;
use crate::transaction::brief_transaction;

#[async_trait]
impl RecoveryStore for PgRecoveryStore {
    async fn start(&self, recovery: Recovery) -> Result<Option<Recovery>, StoreError> {
        self.pool
            .run_for(recovery.application, Work::Write, move |connection| {
                start(connection, &recovery)
            })
            .await
    }

    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row = webhook_recoveries::table
                    .find((application.uuid(), id.uuid()))
                    .filter(webhook_recoveries::destination_id.eq(destination.uuid()))
                    .select(RecoveryRow::as_select())
                    .get_result(connection)
                    .optional()?;
                row.map(RecoveryRow::into_recovery).transpose()
            })
            .await
    }

    async fn advance(&self, limit: usize) -> Result<usize, StoreError> {
        let limit = signed(limit).max(1);
        self.pool
            .run(move |connection| {
                // A call that processes nothing has finished a recovery.
                loop {
                    let advance = diesel::select(advance_webhook_recovery(limit));
                    match advance.get_result(connection)? {
                        None => return Ok(0),
                        Some(0_i64) => {}
                        Some(taken) => return unsigned("count", taken),
                    }
                }
            })
            .await
    }
}

/// At most one recovery runs per destination. A request for an earlier `since` extends the running recovery, which then
/// starts again. `None`: there is no such destination.
fn start(connection: &mut PgConnection, recovery: &Recovery) -> Result<Option<Recovery>, Failure> {
    let (application, destination) = (recovery.application, recovery.destination);
    brief_transaction(connection, |connection| {
        if !lock_destination(connection, application, destination)? {
            return Ok(None);
        }
        let running = webhook_recoveries::table
            .filter(webhook_recoveries::application_id.eq(application.uuid()))
            .filter(webhook_recoveries::destination_id.eq(destination.uuid()))
            .filter(sql::<Bool>("state = 'running'"));
        let stored = running
            .select(RecoveryRow::as_select())
            .for_no_key_update()
            .get_result(connection)
            .optional()?;
        let since = recovery.since.datetime();
        let row = match stored {
            Some(stored) if stored.since <= since => stored,
            Some(stored) => {
                diesel::update(webhook_recoveries::table.find((application.uuid(), stored.id)))
                    .set((
                        webhook_recoveries::since.eq(since),
                        webhook_recoveries::reached.eq(None::<i64>),
                    ))
                    .returning(RecoveryRow::as_returning())
                    .get_result(connection)?
            }
            None => diesel::insert_into(webhook_recoveries::table)
                .values((
                    webhook_recoveries::application_id.eq(application.uuid()),
                    webhook_recoveries::destination_id.eq(destination.uuid()),
                    webhook_recoveries::id.eq(recovery.id.uuid()),
                    webhook_recoveries::since.eq(since),
                ))
                .returning(RecoveryRow::as_returning())
                .get_result(connection)?,
        };
        row.into_recovery().map(Some)
    })
}

pub(crate) fn last_recovery(
    connection: &mut PgConnection,
    application: ApplicationId,
    destination: DestinationId,
) -> Result<Option<Recovery>, Failure> {
    let row = webhook_recoveries::table
        .filter(webhook_recoveries::application_id.eq(application.uuid()))
        .filter(webhook_recoveries::destination_id.eq(destination.uuid()))
        .order((webhook_recoveries::created_at.desc(), webhook_recoveries::id.desc()))
        .select(RecoveryRow::as_select())
        .first(connection)
        .optional()?;
    row.map(RecoveryRow::into_recovery).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_recoveries)]
struct RecoveryRow {
    application_id: Uuid,
    destination_id: Uuid,
    id: Uuid,
    since: DateTime<Utc>,
    state: String,
    recovered: i64,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl RecoveryRow {
    fn into_recovery(self) -> Result<Recovery, Failure> {
        Ok(Recovery {
            id: RecoveryId::new(self.id),
            application: ApplicationId::new(self.application_id),
            destination: DestinationId::new(self.destination_id),
            since: Timestamp::from_datetime(self.since),
            state: RecoveryState::parse(&self.state).map_err(invalid("state of a recovery"))?,
            recovered: unsigned("recovered", self.recovered)?,
            created_at: Timestamp::from_datetime(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_datetime),
        })
    }
}
