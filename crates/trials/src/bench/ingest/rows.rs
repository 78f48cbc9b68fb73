//! Access to the service's tables as their owner. Everything here blocks.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, BigInt, Bool, Integer, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};

use super::population::mark;
use crate::Error;
use crate::bench::statements::{Statements, counted};

/// Tables with rows that sessions change.
const TABLES: [&str; 3] = ["users", "user_search", "user_sessions"];

/// A database connection of the table owner.
pub struct Rows {
    connection: PgConnection,
    counts_statements: bool,
}

/// Counters of PostgreSQL since its statistics began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Bytes of write-ahead log.
    pub wal_bytes: u64,
    /// Statements of the service, if they are counted.
    pub statements: Option<Statements>,
}

impl Cost {
    /// Difference to an earlier value.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let statements = self.statements.zip(before.statements);
        Self {
            wal_bytes: self.wal_bytes.saturating_sub(before.wal_bytes),
            statements: statements.map(|(now, before)| now.since(before)),
        }
    }

    /// Sum of both values.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let statements = self.statements.zip(other.statements);
        Self {
            wal_bytes: self.wal_bytes + other.wal_bytes,
            statements: statements.map(|(this, that)| this.with(that)),
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    computed: bool,
}

#[derive(QueryableByName)]
struct DerivedRow {
    #[diesel(sql_type = Text)]
    user_id: String,
    #[diesel(sql_type = Text)]
    derived: String,
}

/// User ids with the values derived from their sessions.
pub(super) type DerivedValues = BTreeSet<(String, String)>;

impl Rows {
    /// Connects as the owner of the tables.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn open(owner_url: &str, counts_statements: bool) -> Result<Self, Error> {
        Ok(Self { connection: PgConnection::establish(owner_url)?, counts_statements })
    }

    /// Returns the counters.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn cost(&mut self) -> Result<Cost, Error> {
        let wal: Number = sql_query("SELECT (pg_current_wal_lsn() - '0/0')::bigint AS number")
            .get_result(&mut self.connection)?;
        let statements =
            if self.counts_statements { Some(counted(&mut self.connection)?) } else { None };
        Ok(Cost { wal_bytes: u64::try_from(wal.number)?, statements })
    }

    /// Number of sessions.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn sessions(&mut self) -> Result<u64, Error> {
        let counted: Number = sql_query("SELECT count(*) AS number FROM user_sessions")
            .get_result(&mut self.connection)?;
        Ok(u64::try_from(counted.number)?)
    }

    /// Copies all users until each exists `copies` times, and updates the statistics of PostgreSQL.
    ///
    /// # Errors
    /// If a statement fails.
    pub fn multiply(&mut self, copies: usize) -> Result<(), Error> {
        let last = i32::try_from(copies)? - 1;
        for table in TABLES {
            let columns = self.columns(table)?;
            let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            let values: Vec<_> = columns.iter().map(Column::copied).collect();
            let insert = format!(
                "INSERT INTO {table} ({}) SELECT {} FROM {table} CROSS JOIN generate_series(1, $1) AS copy",
                names.join(", "),
                values.join(", ")
            );
            sql_query(insert).bind::<Integer, _>(last).execute(&mut self.connection)?;
            sql_query(format!("VACUUM ANALYZE {table}")).execute(&mut self.connection)?;
        }
        // The service counts the users that it creates itself by its markers.
        sql_query(
            "INSERT INTO user_counts AS c (application_id, status, users) \
             SELECT application_id, status, count(*) FROM users WHERE NOT starts_with(vendor_data, $1) \
             GROUP BY application_id, status \
             ON CONFLICT (application_id, status) DO UPDATE SET users = c.users + excluded.users",
        )
        .bind::<Text, _>(mark(0))
        .execute(&mut self.connection)?;
        sql_query("ANALYZE").execute(&mut self.connection)?;
        Ok(())
    }

    fn columns(&mut self, table: &str) -> Result<Vec<Column>, Error> {
        let mut columns: Vec<Column> = sql_query(
            "SELECT column_name::text AS name, data_type::text AS kind, is_generated <> 'NEVER' AS computed \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
        )
        .bind::<Text, _>(table)
        .load(&mut self.connection)?;
        columns.retain(|column| !column.computed);
        if columns.is_empty() {
            return Err(format!("table {table} does not exist").into());
        }
        Ok(columns)
    }

    /// Corrupts the derived values of `users` users in three different ways, and returns the original values.
    ///
    /// # Errors
    /// If a statement fails.
    pub(super) fn corrupt(&mut self, users: usize) -> Result<DerivedValues, Error> {
        let chosen: Vec<DerivedRow> = sql_query(format!(
            "SELECT id::text AS user_id, {DERIVED} AS derived FROM users ORDER BY md5(id::text) LIMIT $1"
        ))
        .bind::<BigInt, _>(i64::try_from(users)?)
        .load(&mut self.connection)?;
        for (number, user) in chosen.iter().enumerate() {
            let change = match number % 3 {
                0 => "approved_count = approved_count + 1",
                1 => "session_count = session_count + 7, in_review_count = in_review_count + 1",
                _ => {
                    "features = '{\"POA\": \"Declined\"}', first_session_at = NULL, last_session_at = NULL"
                }
            };
            sql_query(format!("UPDATE users SET {change} WHERE id::text = $1"))
                .bind::<Text, _>(&user.user_id)
                .execute(&mut self.connection)?;
        }
        Ok(derived_values(chosen))
    }

    /// Returns the current derived values of these users.
    ///
    /// # Errors
    /// If the database does not respond.
    pub(super) fn derived_values_of(
        &mut self,
        users: &DerivedValues,
    ) -> Result<DerivedValues, Error> {
        let ids: Vec<&str> = users.iter().map(|(id, _)| id.as_str()).collect();
        let found: Vec<DerivedRow> = sql_query(format!(
            "SELECT id::text AS user_id, {DERIVED} AS derived FROM users WHERE id = ANY($1::uuid[])"
        ))
        .bind::<Array<Text>, _>(ids)
        .load(&mut self.connection)?;
        Ok(derived_values(found))
    }

    /// Returns the users that a recount has repaired, once per repair.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn repaired(&mut self) -> Result<Vec<String>, Error> {
        let found: Vec<DerivedRow> = sql_query(
            "SELECT user_id::text AS user_id, '' AS derived FROM audit_entries WHERE kind = 'RECOUNTED' ORDER BY user_id",
        )
        .load(&mut self.connection)?;
        Ok(found.into_iter().map(|row| row.user_id).collect())
    }
}

/// SQL expression of the values derived from sessions, without personal data.
const DERIVED: &str = "concat_ws(' ', session_count, approved_count, declined_count, in_review_count, features, \
                        first_session_at, last_session_at)";

fn derived_values(rows: Vec<DerivedRow>) -> DerivedValues {
    let rows = rows.into_iter();
    rows.map(|row| (row.user_id, row.derived)).collect()
}

impl Column {
    /// SQL expression of the column in copy number `copy`: ids and names differ, all else is the same.
    fn copied(&self) -> String {
        let (name, of) = (&self.name, mark(0));
        let renamed =
            format!("replace({name}::text, '{of}', 'copy' || lpad(copy::text, 4, '0') || '-')");
        match self.kind.as_str() {
            "uuid" if name != "application_id" => {
                format!("overlay({name}::text PLACING lpad(to_hex(copy), 8, '0') FROM 29)::uuid")
            }
            "text" => renamed,
            kind @ ("json" | "jsonb") => format!("{renamed}::{kind}"),
            _ => name.clone(),
        }
    }
}
