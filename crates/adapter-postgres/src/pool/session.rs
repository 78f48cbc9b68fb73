//! One connection and its setup, and the decision whether it may be reused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::r2d2::R2D2Connection as _;
use diesel::{PgConnection, r2d2};
use thiserror::Error;

use super::PoolConfig;
use super::connect_error::describe_connect_error;
use super::connect_url::{InvalidUrl, with_limits};
use super::throttle::Throttle;
use crate::failure::Failure;
use crate::schema::SEARCH_PATH;

/// A connection, and whether it is usable.
pub(super) struct Session {
    connection: PgConnection,
    generation: u64,
    generations: Arc<AtomicU64>,
    lost: bool,
}

impl Session {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Marks the connection as lost. Older connections are most likely lost as well and are not reused, so that a
    /// restart of the server causes one failed call and not one per connection.
    pub(super) fn mark_lost(&mut self) {
        self.lost = true;
        let next = self.generation + 1;
        self.generations.fetch_max(next, Ordering::Relaxed);
    }

    /// Marks only this connection as unusable.
    pub(super) fn mark_unusable(&mut self) {
        self.lost = true;
    }

    fn is_outdated(&self) -> bool {
        self.generation < self.generations.load(Ordering::Relaxed)
    }
}

pub(super) struct Sessions {
    url: String,
    setup: String,
    generations: Arc<AtomicU64>,
    /// Whether the last attempt to connect failed.
    is_refused: Arc<AtomicBool>,
}

impl Sessions {
    pub(super) fn new(
        url: &str,
        config: &PoolConfig,
        is_refused: Arc<AtomicBool>,
    ) -> Result<Self, InvalidUrl> {
        Ok(Self {
            url: with_limits(url, config.connect_timeout)?,
            setup: setup(config),
            generations: Arc::default(),
            is_refused,
        })
    }

    fn establish(&self) -> Result<PgConnection, SessionError> {
        let mut connection = PgConnection::establish(&self.url)
            .map_err(|error| SessionError::Connect(describe_connect_error(&error)))?;
        connection.batch_execute(&self.setup).map_err(|error| SessionError::Setup(error.into()))?;
        Ok(connection)
    }
}

/// Planner settings with which a cached plan from small tables stays good for large ones: no sequential scans, and no
/// preference for sequential pages. No statement benefits from JIT or parallel workers.
pub(crate) const PLANNING: &str = "SET enable_seqscan = off; SET random_page_cost = 1.1; SET jit = off; \
     SET max_parallel_workers_per_gather = 0";

fn setup(config: &PoolConfig) -> String {
    /// Errors are recognised by their English messages, if the role may set the language.
    const ENGLISH: &str = "DO $$ BEGIN
            PERFORM set_config('lc_messages', 'C', false);
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$";
    // 0 would mean no limit.
    let millis = |time: Duration| time.as_millis().max(1);
    format!(
        "{ENGLISH}; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle}; SET application_name = '{name}'; \
         SET default_transaction_isolation = 'read committed'; \
         SET TimeZone = 'UTC'; {PLANNING}; {SEARCH_PATH}",
        statement = millis(config.statement_timeout),
        lock = millis(config.lock_timeout),
        idle = millis(config.idle_in_transaction_timeout),
        name = config.application_name.replace('\'', "''"),
    )
}

#[derive(Debug, Error)]
pub(super) enum SessionError {
    #[error("connecting failed: {0}")]
    Connect(String),
    #[error("setting up a connection failed: {0:?}")]
    Setup(Failure),
    #[error("the connection is older than a lost connection to the server")]
    Outdated,
}

impl r2d2::ManageConnection for Sessions {
    type Connection = Session;
    type Error = SessionError;

    fn connect(&self) -> Result<Session, SessionError> {
        let generation = self.generations.load(Ordering::Relaxed);
        let connection = self.establish();
        self.is_refused.store(connection.is_err(), Ordering::Relaxed);
        Ok(Session {
            connection: connection?,
            generation,
            generations: Arc::clone(&self.generations),
            lost: false,
        })
    }

    /// Needs no round trip: a dead connection fails in its first call, which also invalidates its generation.
    fn is_valid(&self, session: &mut Session) -> Result<(), SessionError> {
        if session.is_outdated() { Err(SessionError::Outdated) } else { Ok(()) }
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        // After a panic, a transaction may be open.
        session.lost
            || thread::panicking()
            || session.is_outdated()
            || session.connection.is_broken()
    }
}

/// Logs failures to connect, limited by interval, because the pool retries many times per second. Calls return their
/// own errors.
impl r2d2::HandleError<SessionError> for Throttle {
    fn handle_error(&self, error: SessionError) {
        if matches!(error, SessionError::Outdated) {
            tracing::debug!(
                "dropped a connection that is older than a lost connection to the server"
            );
        } else if let Some(suppressed) = self.admit(Instant::now()) {
            tracing::warn!(%error, suppressed, "no connection to the database");
        }
    }
}
