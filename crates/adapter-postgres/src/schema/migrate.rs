//! Bringing a database up to date.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_migrations::MigrationHarness as _;
use thiserror::Error;
use users_domain::ports::StoreError;

use super::{MIGRATIONS, SEARCH_PATH, grants, lock};
use crate::pool::{InvalidUrl, told, with_limits};
use crate::search_upkeep::renew_on;
use crate::statement::Statement;

/// How long a process waits for another one to finish migrating.
pub const MIGRATION_WAIT: Duration = Duration::from_mins(2);

/// How long a migration makes searched texts anew; others wait for it.
const RENEWAL_BUDGET: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A migration that waits for a lock blocks everybody who comes after it.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '10s'";

/// The major versions of PostgreSQL that this build is tested on.
const SUPPORTED: std::ops::RangeInclusive<i32> = 15..=18;

/// What [`migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The versions that were applied, in order.
    pub applied: Vec<String>,
    /// The runtime role is the owner: the database itself then guards neither the schema nor the audit trail but by its
    /// triggers. Worth a warning.
    pub one_role: bool,
    /// The server's major version.
    pub server_major: i32,
    /// The database classifies characters as C or POSIX does: to it only ASCII has letters, so searches for other texts
    /// find what they should, but without an index. Worth a warning.
    pub ascii_only_search: bool,
    /// How many searched texts of an older build were made anew.
    pub renewed_texts: usize,
    /// There are more of them: servers go on with them.
    pub outdated_texts: bool,
}

/// Why a database was not brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// No URL.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// No connection.
    #[error("cannot connect to the database as {role}: {reason}")]
    Connect {
        /// The owner or the runtime role.
        role: &'static str,
        /// Why, without anything that may be a password.
        reason: String,
    },
    /// The server is too old, or newer than anybody tried.
    #[error("PostgreSQL {major} is not supported: it must be {} to {}", SUPPORTED.start(), SUPPORTED.end())]
    Server {
        /// Its major version.
        major: i32,
    },
    /// The database does not keep text as UTF-8.
    #[error("the database's encoding is {encoding}: it must be UTF8")]
    Encoding {
        /// Its encoding.
        encoding: String,
    },
    /// Somebody else made the schema.
    #[error(
        "{role} is not the role that owns the schema: set MIGRATION_DATABASE_URL to a URL of that role"
    )]
    NotTheOwner {
        /// Who is connected.
        role: String,
    },
    /// The connection was lost, or the server takes no writes for now: the same may succeed later.
    #[error("the database is not available: {0}")]
    Away(String),
    /// Somebody else has been migrating all the while.
    #[error("another process has been migrating this database for {limit:?}")]
    Locked {
        /// How long this one waited.
        limit: Duration,
    },
    /// The schema has a migration that is older than all of this build.
    #[error(
        "the schema was made by a build from before 0.1.0 (migration {version}) and cannot be brought up to date; nothing was changed: \
         use an empty database, or another DATA_DIR for a cluster of the service's own"
    )]
    Unreleased {
        /// The version of that migration.
        version: String,
    },
    /// A migration failed; it left nothing behind.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// Searched texts could not be made anew.
    #[error("making searched texts anew failed: {0}")]
    Search(String),
    /// A statement around the migrations failed.
    #[error("preparing the database failed: {0}")]
    Statement(#[from] diesel::result::Error),
}

/// Applies what is missing, then gives the runtime role its rights. Any number of processes may do this at once: one
/// works, the others wait and find nothing left to do. Blocks; async callers wrap it.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(owner_url: &str, runtime_url: &str) -> Result<MigrationReport, MigrateError> {
    let mut guard = connect("the owner", owner_url)?;
    let report = migrate_beside(&mut guard, owner_url, runtime_url);
    told_away(&mut guard, report)
}

fn migrate_beside(
    guard: &mut PgConnection,
    owner_url: &str,
    runtime_url: &str,
) -> Result<MigrationReport, MigrateError> {
    let server = check_server(guard)?;
    check_owner(guard)?;
    lock::take(guard, MIGRATION_WAIT)?;
    // Apart from the lock's connection, so that a migration may run outside of a transaction.
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
        owner.transaction(|owner| grants::give(owner, &role))?;
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

/// Whether the database can be reached, as both roles. Blocks; async callers wrap it.
///
/// # Errors
/// [`MigrateError::Connect`] and others.
pub fn reach(owner_url: &str, runtime_url: &str) -> Result<(), MigrateError> {
    connect("the owner", owner_url)?;
    connect("the runtime role", runtime_url)?;
    Ok(())
}

/// Makes searched texts anew for a while: how many, and whether more are left.
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

/// Sets for how many days events and the log of attempts are kept at least: the runtime role cannot drop younger ones.
///
/// # Errors
/// [`MigrateError`].
pub fn keep_events_for(owner_url: &str, days: u32) -> Result<(), MigrateError> {
    const KEEP: &str = "UPDATE event_retention SET days = $1 WHERE days <> $1";
    let mut owner = connect("the owner", owner_url)?;
    let kept = Statement::new(KEEP).bind(i64::from(days)).run(&mut owner);
    told_away(&mut owner, kept.map(drop).map_err(MigrateError::from))
}

/// A failure because the server is gone or takes no writes is returned as that. Asked on a connection outside of
/// transactions: what a failed migration says does not tell.
fn told_away<T>(
    connection: &mut PgConnection,
    result: Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    const TAKES_WRITES: &str =
        "SELECT NOT current_setting('transaction_read_only')::boolean AS answer";
    result.map_err(|error| {
        let answer = Statement::new(TAKES_WRITES).row(connection);
        match answer {
            Ok(Some(Answer { answer: true })) => error,
            _ => MigrateError::Away(error.to_string()),
        }
    })
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// A migration of the database that is older than all of this build. Others that it does not know are no harm: another build may
/// be on its way in.
fn unreleased(owner: &mut PgConnection) -> diesel::migration::Result<Option<String>> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)?;
    let oldest = migrations.iter().map(|one| one.name().version()).min();
    let applied = owner.applied_migrations()?;
    let older = applied
        .iter()
        .find(|version| oldest.as_ref().is_some_and(|oldest| *version < oldest));
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

/// What is made concurrently waits for all older transactions, but blocks nobody; when it is interrupted, it leaves an
/// index that is not valid.
fn clear_for_concurrent_work(owner: &mut PgConnection) -> diesel::QueryResult<()> {
    const INVALID: &str = "SELECT indexrelid::regclass::text AS name
        FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE NOT indisvalid AND relkind = 'i' AND relnamespace = 'public'::regnamespace";
    owner.batch_execute("SET lock_timeout = 0")?;
    let left: Vec<Index> = Statement::new(INVALID).rows(owner)?;
    for Index { name } in left {
        tracing::info!(index = name, "removing what an interrupted migration left");
        owner.batch_execute(&format!("DROP INDEX CONCURRENTLY {name}"))?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
}

fn connect(role: &'static str, url: &str) -> Result<PgConnection, MigrateError> {
    let url = with_limits(url, CONNECT_TIMEOUT)?;
    let failed = |reason| MigrateError::Connect { role, reason };
    let mut connection = PgConnection::establish(&url).map_err(|error| failed(told(&error)))?;
    connection
        .batch_execute(&format!(
            "{LOCK_TIMEOUT}; SET client_min_messages = warning; {SEARCH_PATH}"
        ))
        .map_err(|error| failed(error.to_string()))?;
    Ok(connection)
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Text)]
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

/// In a database without the schema anybody may be the owner to be.
fn check_owner(connection: &mut PgConnection) -> Result<(), MigrateError> {
    const ASK: &str = "SELECT pg_has_role(current_user, relowner, 'USAGE') AS answer FROM pg_class
        WHERE oid = to_regclass('public.users')";
    match Statement::new(ASK).row(connection)? {
        Some(Answer { answer: false }) => Err(MigrateError::NotTheOwner {
            role: grants::role_of(connection)?,
        }),
        _ => Ok(()),
    }
}

fn check_server(connection: &mut PgConnection) -> Result<Server, MigrateError> {
    const ASK: &str = "SELECT current_setting('server_version_num')::integer AS version,
            current_setting('server_encoding') AS encoding, datctype::text AS ctype
        FROM pg_database WHERE datname = current_database()";
    let server: Option<Server> = Statement::new(ASK).row(connection)?;
    let server = server.ok_or(diesel::NotFound)?;
    let major = server.major();
    if !SUPPORTED.contains(&major) {
        return Err(MigrateError::Server { major });
    }
    if server.encoding != "UTF8" {
        let encoding = server.encoding;
        return Err(MigrateError::Encoding { encoding });
    }
    Ok(server)
}
