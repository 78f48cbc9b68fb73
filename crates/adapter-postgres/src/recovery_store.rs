//! [`RecoveryStore`] on PostgreSQL. Each portion is one call of a function, which locks the lane.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::webhooks::{Recovery, RecoveryState};
use users_domain::model::{ApplicationId, DestinationId, RecoveryId, Timestamp};
use users_domain::ports::{RecoveryStore, StoreError};
use uuid::Uuid;

use crate::destination_store::lock_destination;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::{Pool, Work};
use crate::rows::{invalid, unsigned};
use crate::statement::{Statement, brief_transaction};

const EXTEND: &str = "UPDATE webhook_recoveries SET since = least(since, $1),
        reached = CASE WHEN $1 < since THEN NULL ELSE reached END
    WHERE application_id = $2 AND destination_id = $3 AND state = 'running'
    RETURNING application_id, destination_id, id, since, state, recovered, created_at, finished_at";
const START: &str = "INSERT INTO webhook_recoveries (application_id, destination_id, id, since)
    VALUES ($1, $2, $3, $4)
    RETURNING application_id, destination_id, id, since, state, recovered, created_at, finished_at";
const FIND: &str =
    "SELECT application_id, destination_id, id, since, state, recovered, created_at, finished_at
    FROM webhook_recoveries WHERE application_id = $1 AND destination_id = $2 AND id = $3";
const LAST: &str = "SELECT application_id, destination_id, id, since, state, recovered, created_at, finished_at
    FROM webhook_recoveries WHERE application_id = $1 AND destination_id = $2 ORDER BY created_at DESC, id DESC LIMIT 1";
const ADVANCE: &str = "SELECT advance_webhook_recovery($1) AS taken";

/// Stores recoveries and executes them.
#[derive(Clone)]
pub struct PgRecoveryStore {
    pool: Pool,
}

impl PgRecoveryStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

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
                let statement = Statement::new(FIND)
                    .bind(application.uuid())
                    .bind(destination.uuid())
                    .bind(id.uuid());
                one(statement, connection)
            })
            .await
    }

    async fn advance(&self, limit: usize) -> Result<usize, StoreError> {
        let limit = signed(limit).max(1);
        self.pool
            .run(move |connection| {
                // A call that processes nothing has finished a recovery.
                loop {
                    let statement = Statement::new(ADVANCE).bind(limit);
                    let row: Option<Advanced> = statement.row(connection)?;
                    match row.and_then(|row| row.taken) {
                        None => return Ok(0),
                        Some(0) => {}
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
        let extend = Statement::new(EXTEND)
            .bind(recovery.since)
            .bind(application.uuid())
            .bind(destination.uuid());
        if let Some(running) = one(extend, connection)? {
            return Ok(Some(running));
        }
        let start = Statement::new(START)
            .bind(application.uuid())
            .bind(destination.uuid())
            .bind(recovery.id.uuid())
            .bind(recovery.since);
        one(start, connection)
    })
}

/// The latest recovery of a destination.
pub(crate) fn last_recovery(
    connection: &mut PgConnection,
    application: ApplicationId,
    destination: DestinationId,
) -> Result<Option<Recovery>, Failure> {
    let statement = Statement::new(LAST)
        .bind(application.uuid())
        .bind(destination.uuid());
    one(statement, connection)
}

fn one(statement: Statement, connection: &mut PgConnection) -> Result<Option<Recovery>, Failure> {
    let row: Option<RecoveryRow> = statement.row(connection)?;
    row.map(RecoveryRow::into_recovery).transpose()
}

#[derive(QueryableByName)]
struct Advanced {
    #[diesel(sql_type = Nullable<BigInt>)]
    taken: Option<i64>,
}

#[derive(QueryableByName)]
struct RecoveryRow {
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    destination_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    recovered: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
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
