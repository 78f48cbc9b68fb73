//! Read-only queries, and the row lock that blocks a step of the service.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use embedded_postgres::DatabaseUrls;
use tokio::task::spawn_blocking;

use crate::Error;

/// The database of the trial; each query uses a new session.
#[derive(Debug, Clone)]
pub(super) struct Database {
    urls: DatabaseUrls,
}

/// The lock on the row of a lane; released when dropped.
pub(super) struct LaneLock {
    _session: PgConnection,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Database {
    pub(super) const fn new(urls: DatabaseUrls) -> Self {
        Self { urls }
    }

    pub(super) fn owner_url(&self) -> &str {
        &self.urls.owner
    }

    /// The lane of the destination with this URL.
    pub(super) async fn lane(&self, url: String) -> Result<i64, Error> {
        self.as_owner(move |session| {
            sql_query(
                "SELECT lane AS number FROM webhook_lanes l JOIN webhook_destinations d \
                 ON d.application_id = l.application_id AND d.id = l.destination_id WHERE d.url = $1",
            )
            .bind::<Text, _>(url)
            .get_result(session)
        })
        .await
    }

    /// How often a lane has been leased.
    pub(super) async fn epoch(&self, lane: i64) -> Result<i64, Error> {
        self.as_owner(move |session| {
            sql_query("SELECT lease_epoch AS number FROM webhook_lanes WHERE lane = $1")
                .bind::<BigInt, _>(lane)
                .get_result(session)
        })
        .await
    }

    /// Whether the outbox is empty, and all lanes except these have neither a lease nor deliveries.
    pub(super) async fn is_quiet_except(&self, lanes: Vec<i64>) -> Result<bool, Error> {
        let busy = self.as_owner(move |session| {
            sql_query(
                "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM webhook_lanes l \
                 WHERE lane <> ALL($1) AND (lease_until IS NOT NULL \
                 OR EXISTS (SELECT FROM webhook_deliveries w WHERE w.lane = l.lane))) AS number",
            )
            .bind::<Array<BigInt>, _>(lanes)
            .get_result(session)
        });
        Ok(busy.await? == 0)
    }

    /// Whether a session of the service waits for a lock in this function.
    pub(super) async fn is_blocked_in(&self, function: &'static str) -> Result<bool, Error> {
        // Only the role of a session may read its query.
        let blocked = run_query(self.urls.runtime.clone(), move |session| {
            sql_query(
                "SELECT count(*) AS number FROM pg_stat_activity WHERE usename = current_user \
                 AND pid <> pg_backend_pid() AND state = 'active' AND wait_event_type = 'Lock' \
                 AND position($1 || '(' IN query) > 0",
            )
            .bind::<Text, _>(function)
            .get_result(session)
        });
        Ok(blocked.await? > 0)
    }

    /// Locks the row of a lane, which every step that changes the lane has to lock.
    pub(super) async fn lock_lane(&self, lane: i64) -> Result<LaneLock, Error> {
        let url = self.urls.owner.clone();
        let locking = spawn_blocking(move || {
            let mut session = PgConnection::establish(&url)?;
            session.batch_execute("BEGIN; SET LOCAL lock_timeout = '10s'")?;
            sql_query("SELECT lane AS number FROM webhook_lanes WHERE lane = $1 FOR UPDATE")
                .bind::<BigInt, _>(lane)
                .get_result::<Number>(&mut session)?;
            Ok::<_, Error>(LaneLock { _session: session })
        });
        locking.await?
    }

    async fn as_owner(
        &self,
        query: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<Number> + Send + 'static,
    ) -> Result<i64, Error> {
        run_query(self.urls.owner.clone(), query).await
    }
}

async fn run_query(
    url: String,
    query: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<Number> + Send + 'static,
) -> Result<i64, Error> {
    let asking = spawn_blocking(move || {
        let mut session = PgConnection::establish(&url)?;
        Ok::<_, Error>(query(&mut session)?.number)
    });
    asking.await?
}
