//! [`PurgeStore`] on PostgreSQL. The work is done by functions that act as the owner, because the runtime role may not
//! change history.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Timestamptz};
use diesel::{Connection as _, PgConnection};
use users_domain::model::webhooks::OrderingKey;
use users_domain::model::{
    ApplicationId, DeletedPosition, PurgeReceipt, PurgeRunId, PurgedUsers, Timestamp, UserId,
    VendorData,
};
use users_domain::ports::{PurgeDue, PurgePortion, PurgeStore, StoreError};
use uuid::Uuid;

use crate::adapters::PgPurgeStore;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::rows::{invalid, unsigned};
use crate::schema::tables::{purge_runs, users};
use crate::statement::Statement;

/// In the order of deletion, without users under legal hold.
const FROM_FIRST: &str = "SELECT id, vendor_data, deleted_at FROM users
    WHERE application_id = $1 AND deleted_at IS NOT NULL AND deleted_at <= $2 AND legal_hold_since IS NULL
    ORDER BY deleted_at, id LIMIT $3";
const AFTER: &str = "SELECT id, vendor_data, deleted_at FROM users
    WHERE application_id = $1 AND deleted_at IS NOT NULL AND deleted_at <= $2 AND legal_hold_since IS NULL
        AND (deleted_at, id) > ($3, $4)
    ORDER BY deleted_at, id LIMIT $5";

const PURGE: &str = "SELECT alone, erased, waiting FROM purge_users($1, $2, $3, $4, $5)";

/// Counts the users that [`PURGE`] would erase. Pending deliveries are usually few, so they are read and joined to
/// users.
const DUE: &str = "WITH deleted AS MATERIALIZED (
        SELECT id, legal_hold_since IS NOT NULL AS is_held FROM users WHERE application_id = $1 AND deleted_at <= $2
    ), gone AS MATERIALIZED (
        SELECT d.id, d.is_held OR o.is_held AS is_held
        FROM deleted d JOIN expired_deletions($1, ARRAY(SELECT id FROM deleted), $2) o ON o.id = d.id
    )
    SELECT (SELECT count(*) FROM gone WHERE NOT is_held) AS due,
        (SELECT count(*) FROM gone WHERE is_held) AS held,
        (SELECT count(DISTINCT g.id) FROM (
            SELECT o.user_id FROM outbox o WHERE o.application_id = $1
            UNION ALL
            SELECT e.user_id FROM webhook_deliveries d
            JOIN events e ON e.application_id = $1 AND e.recorded_at = d.event_recorded_at AND e.id = d.event_id
            WHERE d.application_id = $1
         ) w
         JOIN gone g ON g.id = w.user_id AND NOT g.is_held) AS waiting";

/// The time limit: the end of a run analyses tables, which is slow with cold disks, and counting reads the audit trail
/// of each user.
const LONG: Duration = Duration::from_mins(10);

impl PgPurgeStore {
    async fn receipt(
        &self,
        text: &'static str,
        run: PurgeRunId,
    ) -> Result<Option<PurgeReceipt>, StoreError> {
        let statement = Statement::new(text).bind(run.uuid());
        let row = self.long(|connection| Ok(statement.row::<ReceiptRow>(connection)?)).await?;
        Ok(row.map(ReceiptRow::into_receipt).transpose()?)
    }

    /// Reads with the time limit [`LONG`].
    async fn long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.pool
            .run_within(LONG, move |connection| {
                connection.transaction(|connection| {
                    let limit = LONG.as_millis();
                    connection.batch_execute(&format!("SET LOCAL statement_timeout = {limit}"))?;
                    read(connection)
                })
            })
            .await
    }
}

#[async_trait]
impl PurgeStore for PgPurgeStore {
    async fn begin(&self, id: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError> {
        self.receipt("SELECT * FROM begin_purge($1)", id).await
    }

    async fn purge(
        &self,
        run: PurgeRunId,
        application: ApplicationId,
        deleted_by: Timestamp,
        after: Option<DeletedPosition>,
        most: usize,
    ) -> Result<Option<PurgePortion>, StoreError> {
        self.pool
            .run(move |connection| {
                let most = signed(most);
                let found = candidates(connection, application, deleted_by, after, most)?;
                let Some(last) = found.last().map(Candidate::place) else {
                    return Ok(Some(PurgePortion::default()));
                };
                let order_keys: Vec<i64> = found
                    .iter()
                    .map(|candidate| candidate.order_key(application))
                    .collect::<Result<_, _>>()?;
                let is_full = signed(found.len()) >= most;
                let (alone, erased, waiting): (bool, i64, i64) = Statement::new(PURGE)
                    .bind(run.uuid())
                    .bind(application.uuid())
                    .bind(found.iter().map(|candidate| candidate.id).collect::<Vec<_>>())
                    .bind(order_keys)
                    .bind(deleted_by)
                    .typed_row::<(Bool, BigInt, BigInt), _>(connection)?;
                if !alone {
                    return Ok(None);
                }
                Ok(Some(PurgePortion {
                    erased: unsigned("erased", erased)?,
                    waiting: unsigned("waiting", waiting)?,
                    reached: is_full.then_some(last),
                }))
            })
            .await
    }

    async fn finish(&self, run: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError> {
        self.receipt("SELECT * FROM finish_purge($1)", run).await
    }

    async fn due(
        &self,
        application: ApplicationId,
        deleted_by: Timestamp,
    ) -> Result<PurgeDue, StoreError> {
        let statement = Statement::new(DUE).bind(application.uuid()).bind(deleted_by);
        self.long(|connection| {
            let (due, held, waiting): (i64, i64, i64) =
                statement.typed_row::<(BigInt, BigInt, BigInt), _>(connection)?;
            Ok(PurgeDue {
                due: unsigned("due", due)?,
                waiting: unsigned("waiting", waiting)?,
                held: unsigned("held", held)?,
            })
        })
        .await
    }
}

#[derive(QueryableByName)]
#[diesel(table_name = users)]
struct Candidate {
    id: Uuid,
    vendor_data: String,
    #[diesel(sql_type = Timestamptz)]
    deleted_at: DateTime<Utc>,
}

impl Candidate {
    fn place(&self) -> DeletedPosition {
        DeletedPosition {
            deleted_at: Timestamp::from_datetime(self.deleted_at),
            id: UserId::new(self.id),
        }
    }

    fn order_key(&self, application: ApplicationId) -> Result<i64, Failure> {
        let name =
            VendorData::from_stored(self.vendor_data.as_str()).map_err(invalid("vendor_data"))?;
        Ok(OrderingKey::of(application, &name).number())
    }
}

fn candidates(
    connection: &mut PgConnection,
    application: ApplicationId,
    deleted_by: Timestamp,
    after: Option<DeletedPosition>,
    most: i64,
) -> Result<Vec<Candidate>, Failure> {
    let from = |text| Statement::new(text).bind(application.uuid()).bind(deleted_by);
    let statement = match after {
        None => from(FROM_FIRST),
        Some(after) => from(AFTER).bind(after.deleted_at).bind(after.id.uuid()),
    };
    Ok(statement.bind(most).rows(connection)?)
}

#[derive(QueryableByName)]
#[diesel(table_name = purge_runs)]
struct ReceiptRow {
    id: Uuid,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    users: i64,
    sessions: i64,
    transactions: i64,
    risk_events: i64,
    audit_entries: i64,
    events: i64,
    deleted_from: Option<DateTime<Utc>>,
    deleted_to: Option<DateTime<Utc>>,
    ids_sha256: Vec<u8>,
}

impl ReceiptRow {
    fn into_receipt(self) -> Result<PurgeReceipt, Failure> {
        let time = Timestamp::from_datetime;
        let ids_sha256 = self.ids_sha256.try_into();
        Ok(PurgeReceipt {
            id: PurgeRunId::new(self.id),
            started_at: time(self.started_at),
            finished_at: self.finished_at.map(time),
            purged: PurgedUsers {
                users: unsigned("users", self.users)?,
                sessions: unsigned("sessions", self.sessions)?,
                transactions: unsigned("transactions", self.transactions)?,
                risk_events: unsigned("risk_events", self.risk_events)?,
                audit_entries: unsigned("audit_entries", self.audit_entries)?,
                events: unsigned("events", self.events)?,
            },
            deleted_between: (self.deleted_from.map(time)).zip(self.deleted_to.map(time)),
            ids_sha256: ids_sha256
                .map_err(|_| Failure::defect("the stored ids_sha256 has another length"))?,
        })
    }
}
