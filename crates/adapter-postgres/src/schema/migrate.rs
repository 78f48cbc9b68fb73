//! Bringing a database up to date.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel_migrations::MigrationHarness as _;
use thiserror::Error;
use users_domain::ports::StoreError;

use super::functions::{current_setting, pg_sleep, pg_try_advisory_lock};
use super::tables::event_retention;
use super::{MIGRATIONS, SEARCH_PATH, grants};
use crate::pool::{InvalidUrl, describe_connect_error, with_limits};
use crate::search_upkeep::renew_on;

/// How long a process waits for another one to finish migrating.
pub const MIGRATION_WAIT: Duration = Duration::from_mins(2);

/// How long a migration renews search texts; other migrating processes wait for it.
const RENEWAL_BUDGET: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A migration that waits for a lock blocks all later sessions that need the table.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '10s'";

/// The key of the advisory lock that lets one process at a time migrate: the bytes of "users", which no other code in
/// this database locks.
const LOCK: i64 = 0x75_73_65_72_73;

/// The major versions of PostgreSQL that this build is tested on.
const SUPPORTED: std::ops::RangeInclusive<i32> = 15..=18;

/// The result of [`migrate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The versions that were applied, in order.
    pub applied: Vec<String>,
    /// The runtime role is the owner: then only triggers, and no rights, protect the schema and the audit trail.
    /// Callers log a warning.
    pub one_role: bool,
    /// The server's major version.
    pub server_major: i32,
    /// The database uses the character classification of C or POSIX, in which only ASCII has letters: searches for
    /// other texts return correct results, but without an index. Callers log a warning.
    pub ascii_only_search: bool,
    /// The number of search texts of an older build that were renewed.
    pub renewed_texts: usize,
    /// More of them are left; servers continue the renewal.
    pub outdated_texts: bool,
}

/// Why a database was not brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// The connection failed.
    #[error("cannot connect to the database as {role}: {reason}")]
    Connect {
        /// The owner or the runtime role.
        role: &'static str,
        /// The reason, without any text that may be a password.
        reason: String,
    },
    /// The server is older or newer than the tested versions.
    #[error("PostgreSQL {} is not supported: it must be {} to {}", .0, SUPPORTED.start(), SUPPORTED.end())]
    Server(i32),
    /// The database does not encode text as UTF-8.
    #[error("the database's encoding is {0}: it must be UTF8")]
    Encoding(String),
    /// Another role than the connected one owns the schema.
    #[error(
        "{0} is not the role that owns the schema: set MIGRATION_DATABASE_URL to a URL of that role"
    )]
    NotTheOwner(String),
    /// The connection was lost, or the server accepts no writes at present: a retry may succeed later.
    #[error("the database is not available: {0}")]
    Away(String),
    /// Another process was migrating for the whole wait.
    #[error("another process has been migrating this database for {0:?}")]
    Locked(Duration),
    /// The schema has a migration that is older than all migrations of this build.
    #[error(
        "the schema was made by a build from before 0.1.0 (migration {version}) and cannot be brought up to date; nothing was changed: \
         use an empty database, or another DATA_DIR for a cluster of the service's own"
    )]
    Unreleased {
        /// The version of that migration.
        version: String,
    },
    /// A migration failed and was rolled back.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// Search texts could not be renewed.
    #[error("renewing search texts failed: {0}")]
    Search(String),
    /// A statement around the migrations failed.
    #[error("preparing the database failed: {0}")]
    Statement(#[from] diesel::result::Error),
}

/// Applies the missing migrations, then grants the runtime role its rights. Any number of processes may call this at
/// once: one works, the others wait and find nothing left to do. Blocks; async callers wrap it.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(owner_url: &str, runtime_url: &str) -> Result<MigrationReport, MigrateError> {
    let mut guard = connect("the owner", owner_url)?;
    let report = migrate_beside(&mut guard, owner_url, runtime_url);
    classify_unavailable(&mut guard, report)
}

fn migrate_beside(
    guard: &mut PgConnection,
    owner_url: &str,
    runtime_url: &str,
) -> Result<MigrationReport, MigrateError> {
    let server = check_server(guard)?;
    check_owner(guard)?;
    take_lock(guard, MIGRATION_WAIT)?;
    // A separate connection from the lock's, so that a migration may run outside of a transaction.
    let mut owner = connect("the owner", owner_url)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        MigrateError::Migration(error.to_string())
    };
    if let Some(version) = unreleased(&mut owner).map_err(failed)? {
        return Err(MigrateError::Unreleased { version });
    }
    let applied = apply_pending(&mut owner).map_err(failed)?;
    let role = grants::role_of(&mut connect("the runtime role", runtime_url)?)?;
    let one_role = role == grants::role_of(&mut owner)?;
    if !one_role {
        owner.transaction(|owner| grants::grant(owner, &role))?;
    }
    let (renewed_texts, outdated_texts) = renew_texts(&mut owner)?;
    Ok(MigrationReport {
        applied,
        one_role,
        server_major: server.major(),
        ascii_only_search: server.is_ascii_only(),
        renewed_texts,
        outdated_texts,
    })
}

/// Takes the lock for the lifetime of the connection. Polls instead of blocking: a session that waits for the lock
/// holds a snapshot, and a concurrent index build waits for that snapshot.
fn take_lock(connection: &mut PgConnection, limit: Duration) -> Result<(), MigrateError> {
    let deadline = Instant::now() + limit;
    loop {
        if diesel::select(pg_try_advisory_lock(LOCK)).get_result(connection)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(MigrateError::Locked(limit));
        }
        diesel::select(pg_sleep(0.05)).execute(connection)?;
    }
}

/// Checks that both roles can connect to the database. Blocks; async callers wrap it.
///
/// # Errors
/// [`MigrateError::Connect`] and others.
pub fn reach(owner_url: &str, runtime_url: &str) -> Result<(), MigrateError> {
    connect("the owner", owner_url)?;
    connect("the runtime role", runtime_url)?;
    Ok(())
}

/// Renews search texts for a limited time. Returns how many, and whether more are left.
fn renew_texts(owner: &mut PgConnection) -> Result<(usize, bool), MigrateError> {
    const PORTION: usize = 500;
    let (began, mut renewed) = (Instant::now(), 0);
    loop {
        let texts = renew_on(owner, PORTION)
            .map_err(|failure| MigrateError::Search(StoreError::from(failure).to_string()))?;
        renewed += texts;
        if texts < PORTION {
            return Ok((renewed, false));
        }
        if began.elapsed() > RENEWAL_BUDGET {
            return Ok((renewed, true));
        }
    }
}

/// Sets the minimum retention of events and of the attempt log, in days: the runtime role cannot drop younger ones.
///
/// # Errors
/// [`MigrateError`].
pub fn keep_events_for(owner_url: &str, days: u32) -> Result<(), MigrateError> {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let mut owner = connect("the owner", owner_url)?;
    let stored = diesel::update(event_retention::table.filter(event_retention::days.ne(days)))
        .set(event_retention::days.eq(days))
        .execute(&mut owner);
    classify_unavailable(&mut owner, stored.map(drop).map_err(MigrateError::from))
}

/// Returns [`MigrateError::Away`] if the server is unreachable or accepts no writes. The error of a migration does not
/// show this, so a statement outside of a transaction checks it.
fn classify_unavailable<T>(
    connection: &mut PgConnection,
    result: Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    result.map_err(|error| {
        let is_read_only = diesel::select(current_setting("transaction_read_only"));
        match is_read_only.get_result::<String>(connection).as_deref() {
            Ok("off") => error,
            _ => MigrateError::Away(error.to_string()),
        }
    })
}

/// Returns a migration of the database that is older than all migrations of this build. Other unknown migrations are
/// ignored: a newer build may be in deployment.
fn unreleased(owner: &mut PgConnection) -> diesel::migration::Result<Option<String>> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)?;
    let oldest = migrations.iter().map(|one| one.name().version()).min();
    let applied = owner.applied_migrations()?;
    let older =
        applied.iter().find(|version| oldest.as_ref().is_some_and(|oldest| *version < oldest));
    Ok(older.map(ToString::to_string))
}

/// Applies the migrations that are missing, and logs each before it runs.
fn apply_pending(owner: &mut PgConnection) -> diesel::migration::Result<Vec<String>> {
    let pending = owner.pending_migrations(MIGRATIONS)?;
    let mut applied = Vec::new();
    for migration in &pending {
        tracing::info!(
            migration = %migration.name(),
            step = applied.len() + 1,
            of = pending.len(),
            "migrating"
        );
        let in_transaction = migration.metadata().run_in_transaction();
        if !in_transaction {
            clear_for_concurrent_work(owner)?;
        }
        applied.push(owner.run_migration(&**migration)?.to_string());
        if !in_transaction {
            owner.batch_execute(LOCK_TIMEOUT)?;
        }
    }
    Ok(applied)
}

/// Prepares for a concurrent index build, which waits for all older transactions but blocks no session. An interrupted
/// build leaves an invalid index, which is dropped here.
fn clear_for_concurrent_work(owner: &mut PgConnection) -> diesel::QueryResult<()> {
    const INVALID: &str = "ARRAY(SELECT indexrelid::regclass::text
        FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE NOT indisvalid AND relkind = 'i' AND relnamespace = 'public'::regnamespace)";
    owner.batch_execute("SET lock_timeout = 0")?;
    let left = diesel::select(sql::<Array<Text>>(INVALID));
    for name in left.get_result::<Vec<String>>(owner)? {
        tracing::info!(
            index = name,
            "dropping an invalid index that an interrupted migration left"
        );
        owner.batch_execute(&format!("DROP INDEX CONCURRENTLY {name}"))?;
    }
    Ok(())
}

fn connect(role: &'static str, url: &str) -> Result<PgConnection, MigrateError> {
    let url = with_limits(url, CONNECT_TIMEOUT)?;
    let failed = |reason| MigrateError::Connect { role, reason };
    let mut connection =
        PgConnection::establish(&url).map_err(|error| failed(describe_connect_error(&error)))?;
    connection
        .batch_execute(&format!("{LOCK_TIMEOUT}; SET client_min_messages = warning; {SEARCH_PATH}"))
        .map_err(|error| failed(error.to_string()))?;
    Ok(connection)
}

struct Server {
    version: i32,
    ctype: String,
}

impl Server {
    fn major(&self) -> i32 {
        self.version / 10_000
    }

    fn is_ascii_only(&self) -> bool {
        matches!(self.ctype.as_str(), "C" | "POSIX")
    }
}

/// Any role may become the owner of a database without the schema.
fn check_owner(connection: &mut PgConnection) -> Result<(), MigrateError> {
    const MAY_MIGRATE: &str = "(SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class
        WHERE oid = to_regclass('public.users'))";
    let answer = diesel::select(sql::<Nullable<Bool>>(MAY_MIGRATE));
    match answer.get_result(connection)? {
        Some(false) => Err(MigrateError::NotTheOwner(grants::role_of(connection)?)),
        _ => Ok(()),
    }
}

fn check_server(connection: &mut PgConnection) -> Result<Server, MigrateError> {
    const CTYPE: &str =
        "(SELECT datctype::text FROM pg_database WHERE datname = current_database())";
    let (version, encoding, ctype): (String, String, String) = diesel::select((
        current_setting("server_version_num"),
        current_setting("server_encoding"),
        sql::<Text>(CTYPE),
    ))
    .get_result(connection)?;
    let server = Server { version: version.parse().unwrap_or_default(), ctype };
    let major = server.major();
    if !SUPPORTED.contains(&major) {
        return Err(MigrateError::Server(major));
    }
    if encoding != "UTF8" {
        return Err(MigrateError::Encoding(encoding));
    }
    Ok(server)
}
