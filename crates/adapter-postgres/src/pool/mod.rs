//! The connection pool: shares connections fairly, with a time limit on every wait.
//!
//! Connects asynchronous callers to blocking work: a queue, so that waiting needs no thread, and one blocking task per
//! call. Must never run work on a thread of the async runtime.

mod connect_error;
mod connect_url;
mod metrics;
mod queue;
mod reading;
mod session;
mod soundness;
mod throttle;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::r2d2::PooledConnection;
use diesel::{PgConnection, r2d2};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;
use users_domain::model::ApplicationId;
use users_domain::ports::StoreError;

use crate::failure::{Failure, Kind};
use queue::{Flow, Queue};
use session::Sessions;
use soundness::Soundness;
use throttle::Throttle;

pub(crate) use connect_error::describe_connect_error;
pub(crate) use connect_url::with_limits;
pub use connect_url::{InvalidUrl, check_url, may_be_unencrypted};
pub use metrics::PoolMetrics;
pub use queue::Work;
pub(crate) use reading::Reading;
#[cfg(test)]
pub(crate) use session::PLANNING;

/// Settings of the pool: its size and time limits.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// The number of connections.
    pub connections: u32,
    /// How long a call waits for a connection of the pool.
    pub checkout_timeout: Duration,
    /// How long establishing a connection may take; whole seconds, at least two (libpq).
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long all statements of a read that may scan many rows may take together; less than `statement_timeout`.
    pub read_timeout: Duration,
    /// How long one statement waits for a lock; less than `statement_timeout`.
    pub lock_timeout: Duration,
    /// How long a transaction may be idle before the server ends it.
    pub idle_in_transaction_timeout: Duration,
    /// How long a call may take in total once it has a connection. Protects against an unresponsive network.
    pub call_timeout: Duration,
    /// The name in the server's activity views.
    pub application_name: String,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            connections: 8,
            checkout_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(2),
            lock_timeout: Duration::from_secs(3),
            idle_in_transaction_timeout: Duration::from_secs(15),
            call_timeout: Duration::from_secs(30),
            application_name: "users-server".to_owned(),
        }
    }
}

/// A pool of connections of the runtime role. Clones share it.
#[derive(Clone)]
pub struct Pool {
    sessions: r2d2::Pool<Sessions>,
    queue: Arc<Queue>,
    is_refused: Arc<AtomicBool>,
    soundness: Arc<Soundness>,
    /// Connections to a server that accepts no writes are replaced one by one, so that reads continue.
    replacements: Arc<Throttle>,
    checkout_timeout: Duration,
    read_timeout: Duration,
    lock_timeout: Duration,
    call_timeout: Duration,
}

impl Pool {
    /// Creates a pool that connects in the background: this succeeds even if the database is unavailable; calls fail
    /// until it is available.
    ///
    /// # Errors
    /// [`InvalidUrl`].
    pub fn new(url: &str, config: &PoolConfig) -> Result<Self, InvalidUrl> {
        let connections = config.connections.max(1);
        let is_refused = Arc::<AtomicBool>::default();
        let sessions = r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(connections))
            // Checks only the session, not the server: see `Sessions::is_valid`.
            .test_on_check_out(true)
            // Also limits the pause of r2d2 between attempts to connect to half of it.
            .connection_timeout(config.checkout_timeout)
            .idle_timeout(None)
            .max_lifetime(Some(MAX_LIFETIME))
            .error_handler(Box::new(Throttle::new(FAILURE_LOG_INTERVAL)))
            .build_unchecked(Sessions::new(url, config, Arc::clone(&is_refused))?);
        Ok(Self {
            sessions,
            queue: Queue::new(connections as usize),
            is_refused,
            soundness: Arc::default(),
            replacements: Arc::new(Throttle::new(REPLACEMENT_INTERVAL)),
            checkout_timeout: config.checkout_timeout,
            read_timeout: config.read_timeout,
            lock_timeout: config.lock_timeout,
            call_timeout: config.call_timeout,
        })
    }

    /// Runs short work that belongs to no application.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.run_within(self.call_timeout, work).await
    }

    /// Runs work with this time limit, if it is longer than the call timeout.
    pub(crate) async fn run_within<T, F>(&self, limit: Duration, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.run_in((None, Work::Lookup), limit.max(self.call_timeout), work).await
    }

    /// Runs work of an application.
    pub(crate) async fn run_for<T, F>(
        &self,
        application: ApplicationId,
        kind: Work,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.run_in((Some(application), kind), self.call_timeout, work).await
    }

    /// Runs a read that may scan many rows, within the read timeout.
    pub(crate) async fn read<T, F>(
        &self,
        application: ApplicationId,
        read: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reading<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (budget, lock_timeout) = (self.read_timeout, self.lock_timeout);
        self.run_for(application, Work::List, move |connection| {
            Reading::within(connection, budget, lock_timeout, read)
        })
        .await
    }

    /// Runs blocking work with a connection, in the caller's span. Propagates its panic.
    async fn run_in<T, F>(&self, flow: Flow, limit: Duration, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        let wait = match flow {
            // Batches have few permits, and hold each for long.
            (_, Work::Batch) => self.checkout_timeout * BATCH_WAIT_FACTOR,
            _ => self.checkout_timeout,
        };
        let deadline = Instant::now() + wait;
        let permit = self.queue.enter(flow, wait).await;
        let permit = permit.ok_or_else(|| Failure::unavailable("every connection is in use"))?;
        let (pool, span) = (self.clone(), Span::current());
        let blocking = spawn_blocking(move || {
            let answer = span.in_scope(|| pool.with_session(deadline, flow.1, work));
            permit.end(pool.checkout_timeout);
            answer
        });
        match timeout(limit, blocking).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(join)) if join.is_panic() => resume_unwind(join.into_panic()),
            Ok(Err(_)) => Err(Failure::unavailable("the service is shutting down").into()),
            Err(_) => Err(Failure::unavailable("no answer in time").into()),
        }
    }

    fn with_session<T>(
        &self,
        deadline: Instant,
        kind: Work,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut session = self.session(deadline)?;
        let began = Instant::now();
        let mut answer = work(session.connection());
        let now = Instant::now();
        if now - began >= self.lock_timeout.min(DEADLOCK_TIMEOUT) {
            answer = answer.map_err(Failure::after_a_wait);
        }
        match &answer {
            Err(failure) if failure.kind == Kind::Lost => session.mark_lost(),
            Err(failure)
                if failure.kind == Kind::ReadOnly && self.replacements.admit(now).is_some() =>
            {
                session.mark_unusable();
            }
            _ => {}
        }
        self.soundness.note(kind, &answer, now);
        answer
    }

    /// Waits for a session. Fails at once if the server refuses connections and none is left.
    fn session(&self, deadline: Instant) -> Result<PooledConnection<Sessions>, Failure> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let is_refused = self.is_refused.load(Ordering::Relaxed);
            let is_away = is_refused && self.sessions.state().connections == 0;
            if left.is_zero() || is_away {
                return Err(Failure::unavailable("no connection to the database"));
            }
            if let Ok(session) = self.sessions.get_timeout(left.min(CHECK_INTERVAL)) {
                return Ok(session);
            }
        }
    }

    /// The failure of calls, if enough consecutive ones failed because the database lacks something.
    pub(crate) fn broken_by(&self) -> Option<String> {
        self.soundness.broken_by(Instant::now())
    }

    /// The number of calls since the start that got no connection in time.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.queue.refused()
    }
}

/// The factor by which a batch waits longer for a connection than other work.
const BATCH_WAIT_FACTOR: u32 = 4;

/// The interval at which a call that waits for a connection checks whether the server refuses connections.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The minimum time between two log lines about failures to connect.
const FAILURE_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The interval at which a connection to a server that accepts no writes is replaced.
const REPLACEMENT_INTERVAL: Duration = Duration::from_secs(1);

/// PostgreSQL's default of `deadlock_timeout`.
const DEADLOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections are replaced regularly, so that a changed DNS entry of the server takes effect.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
