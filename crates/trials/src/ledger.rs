//! Read-only queries on the service's tables. Everything here blocks.

use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Binary, Bool, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};

use crate::Error;
use crate::history::Committed;

/// A database connection of the table owner.
pub struct Ledger {
    connection: PgConnection,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Text)]
    event: String,
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    recorded_at: i64,
    #[diesel(sql_type = Bool)]
    deletes: bool,
}

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(sql_type = BigInt)]
    outbox: i64,
    #[diesel(sql_type = BigInt)]
    deliveries: i64,
    #[diesel(sql_type = BigInt)]
    dead_letters: i64,
}

#[derive(QueryableByName)]
struct CostRow {
    #[diesel(sql_type = BigInt)]
    wal_bytes: i64,
    #[diesel(sql_type = BigInt)]
    transactions: i64,
}

#[derive(QueryableByName)]
struct TimeRow {
    #[diesel(sql_type = Binary)]
    application: Vec<u8>,
    #[diesel(sql_type = Binary)]
    event: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    recorded_at: i64,
}

/// The bytes of an id.
pub type Id = [u8; 16];

/// Pending work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Changes whose deliveries are not created yet.
    pub outbox: u64,
    /// Pending deliveries.
    pub deliveries: u64,
    /// Deliveries that were abandoned.
    pub dead_letters: u64,
}

/// Counters of PostgreSQL since its statistics began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of write-ahead log.
    pub wal_bytes: u64,
    /// Committed transactions in this database, including those of the measurement.
    pub transactions: u64,
}

impl Ledger {
    /// Connects as the owner of the tables.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn open(owner_url: &str) -> Result<Self, Error> {
        Ok(Self { connection: PgConnection::establish(owner_url)? })
    }

    /// Returns every event, in any order.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn committed(&mut self) -> Result<Vec<Committed>, Error> {
        let rows: Vec<EventRow> = sql_query(
            "SELECT id::text AS event, user_id::text AS user_id, body::json->>'vendor_data' AS name, sequence, \
             webhook_type AS kind, (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_at, \
             body::json->'deleted_at' IS NOT NULL AS deletes FROM events",
        )
        .load(&mut self.connection)?;
        rows.into_iter()
            .map(|row| {
                Ok(Committed {
                    event: row.event,
                    user: row.user_id,
                    name: row.name,
                    sequence: u64::try_from(row.sequence)?,
                    kind: row.kind,
                    recorded_at: row.recorded_at,
                    deletes: row.deletes,
                })
            })
            .collect()
    }

    /// Returns the pending work.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn waiting(&mut self) -> Result<Waiting, Error> {
        let row: WaitingRow = sql_query(
            "SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM webhook_deliveries) AS deliveries, \
             (SELECT count(*) FROM webhook_dead_letters) AS dead_letters",
        )
        .get_result(&mut self.connection)?;
        Ok(Waiting {
            outbox: u64::try_from(row.outbox)?,
            deliveries: u64::try_from(row.deliveries)?,
            dead_letters: u64::try_from(row.dead_letters)?,
        })
    }

    /// Returns the counters.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn cost(&mut self) -> Result<Cost, Error> {
        let row: CostRow = sql_query(
            "SELECT (pg_current_wal_lsn() - '0/0')::bigint AS wal_bytes, xact_commit AS transactions \
             FROM pg_stat_database WHERE datname = current_database()",
        )
        .get_result(&mut self.connection)?;
        Ok(Cost {
            wal_bytes: u64::try_from(row.wal_bytes)?,
            transactions: u64::try_from(row.transactions)?,
        })
    }

    /// Returns application, id and start of the transaction (microseconds since the Unix epoch) of each event.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn recorded_at_by_application(&mut self) -> Result<Vec<(Id, Id, i64)>, Error> {
        let rows: Vec<TimeRow> = sql_query(
            "SELECT uuid_send(application_id) AS application, uuid_send(id) AS event, \
             (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_at FROM events",
        )
        .load(&mut self.connection)?;
        let id = |bytes: Vec<u8>| Id::try_from(bytes).map_err(|_| "not a UUID");
        rows.into_iter()
            .map(|row| Ok((id(row.application)?, id(row.event)?, row.recorded_at)))
            .collect()
    }

    /// Measures the transactions per second of this session that each insert a row into a temporary control table.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn commits_per_second(&mut self, duration: Duration) -> Result<f64, Error> {
        sql_query("CREATE TABLE trial_control (number bigint)").execute(&mut self.connection)?;
        let started = Instant::now();
        let mut commits = 0_u32;
        while started.elapsed() < duration {
            sql_query("INSERT INTO trial_control VALUES (1)").execute(&mut self.connection)?;
            commits += 1;
        }
        let rate = f64::from(commits) / started.elapsed().as_secs_f64();
        sql_query("DROP TABLE trial_control").execute(&mut self.connection)?;
        Ok(rate)
    }
}
