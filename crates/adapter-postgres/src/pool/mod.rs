//! Connections, shared fairly and with a limit on every wait.
//!
//! Owns the way from asynchronous callers to blocking work: a queue in front, so that waiting costs no thread, then one
//! blocking task per call. Must never run work on a thread of the async runtime.

mod connect_error;
mod connect_url;
mod queue;
mod reading;
mod session;
mod soundness;
mod throttle;

use std::panic::resume_unwind;
use std::sync::Arc;
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
use session::{LogFailures, Reachability, Sessions};
use soundness::Soundness;
use throttle::Throttle;

pub(crate) use connect_error::told;
pub(crate) use connect_url::with_limits;
pub use connect_url::{InvalidUrl, check_url};
pub use queue::Work;
pub(crate) use reading::Reading;
#[cfg(test)]
pub(crate) use session::PLANNING;

/// How to connect, and how long to wait for what.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// How many connections are kept.
    pub connections: u32,
    /// How long a call waits for a connection of the pool.
    pub checkout_timeout: Duration,
    /// How long making a connection may take; whole seconds, at least two (libpq).
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long the statements of a read may take together that may have to look at many rows; less than
    /// `statement_timeout`.
    pub read_timeout: Duration,
    /// How long one statement waits for a lock; less than `statement_timeout`.
    pub lock_timeout: Duration,
    /// How long a transaction may stand still before the server ends it.
    pub idle_in_transaction_timeout: Duration,
    /// How long a call waits for its answer in all, once it has a connection. Guards against a network that goes silent.
    pub call_timeout: Duration,
    /// What the server's views of activity show.
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
    reachability: Arc<Reachability>,
    soundness: Arc<Soundness>,
    /// Connections to a server that takes no writes are made anew one by one, so that reads go on.
    moving: Arc<Throttle>,
    checkout_timeout: Duration,
    read_timeout: Duration,
    lock_timeout: Duration,
    call_timeout: Duration,
}

impl Pool {
    /// A pool that connects in the background: with the database away this succeeds all the same, and calls fail until
    /// it is back.
    ///
    /// # Errors
    /// [`InvalidUrl`].
    pub fn new(url: &str, config: &PoolConfig) -> Result<Self, InvalidUrl> {
        let connections = config.connections.max(1);
        let reachability = Arc::<Reachability>::default();
        let sessions = r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(connections))
            // Asks the session, not the server: see `Sessions::is_valid`.
            .test_on_check_out(true)
            // Also bounds how long r2d2 pauses between attempts to connect: half of it.
            .connection_timeout(config.checkout_timeout)
            .idle_timeout(None)
            .max_lifetime(Some(MAX_LIFETIME))
            .error_handler(Box::new(LogFailures::new()))
            .build_unchecked(Sessions::new(url, config, Arc::clone(&reachability))?);
        Ok(Self {
            sessions,
            queue: Queue::new(connections as usize),
            reachability,
            soundness: Arc::default(),
            moving: Arc::new(Throttle::new(MOVES_EVERY)),
            checkout_timeout: config.checkout_timeout,
            read_timeout: config.read_timeout,
            lock_timeout: config.lock_timeout,
            call_timeout: config.call_timeout,
        })
    }

    /// Runs short work that is nobody's in particular.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.run_within(self.call_timeout, work).await
    }

    /// The same for work that may take this long, if that is longer than calls may.
    pub(crate) async fn run_within<T, F>(&self, limit: Duration, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.run_in((None, Work::Lookup), limit.max(self.call_timeout), work)
            .await
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
        self.run_in((Some(application), kind), self.call_timeout, work)
            .await
    }

    /// Runs a read that may have to look at many rows, within the time that such reads have.
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

    /// Runs blocking work with a connection. The caller's span goes with it, and its panic comes back.
    async fn run_in<T, F>(&self, flow: Flow, limit: Duration, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        let wait = match flow {
            // There are few places for batches, and each is in use for long.
            (_, Work::Batch) => self.checkout_timeout * BATCHES_WAIT_LONGER,
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
        if now - began >= self.lock_timeout.min(DEADLOCKS_ARE_FOUND_AFTER) {
            answer = answer.map_err(Failure::after_a_wait);
        }
        match &answer {
            Err(failure) if failure.kind == Kind::Lost => session.give_up(),
            Err(failure) if failure.kind == Kind::ReadOnly && self.moving.admit(now).is_some() => {
                session.give_up_alone();
            }
            _ => {}
        }
        self.soundness.note(kind, &answer, now);
        answer
    }

    /// Waits for a session, but not for a server that refuses: where none is left, that may take long.
    fn session(&self, deadline: Instant) -> Result<PooledConnection<Sessions>, Failure> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let is_away = self.reachability.is_refused() && self.sessions.state().connections == 0;
            if left.is_zero() || is_away {
                return Err(Failure::unavailable("no connection to the database"));
            }
            if let Ok(session) = self.sessions.get_timeout(left.min(LOOKS_AGAIN_EVERY)) {
                return Ok(session);
            }
        }
    }

    /// What calls fail with, where enough of them in a row failed for what the database lacks.
    pub(crate) fn broken_by(&self) -> Option<String> {
        self.soundness.broken_by(Instant::now())
    }

    /// How the connections are used.
    #[must_use]
    pub fn usage(&self) -> PoolUsage {
        PoolUsage {
            size: self.sessions.max_size() as usize,
            open: self.sessions.state().connections as usize,
            refused: self.queue.refused(),
            by_work: Work::ALL.map(|work| {
                let (in_use, waiting) = self.queue.usage(work);
                WorkUsage {
                    work,
                    in_use,
                    waiting,
                }
            }),
        }
    }
}

/// How the connections of a pool are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// How many there are at most.
    pub size: usize,
    /// How many there are.
    pub open: usize,
    /// How many calls got none in time, since the start.
    pub refused: u64,
    /// Who uses them, by kind.
    pub by_work: [WorkUsage; Work::ALL.len()],
}

/// How one kind of work uses the connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkUsage {
    /// The kind.
    pub work: Work,
    /// How many connections it uses.
    pub in_use: usize,
    /// How many calls wait for one.
    pub waiting: usize,
}

/// How many times as long as other work a batch waits for a connection.
const BATCHES_WAIT_LONGER: u32 = 4;

/// How soon a call that waits for a connection sees that the server refuses.
const LOOKS_AGAIN_EVERY: Duration = Duration::from_millis(50);

/// How often a connection to a server that takes no writes is made anew.
const MOVES_EVERY: Duration = Duration::from_secs(1);

/// PostgreSQL's own default.
const DEADLOCKS_ARE_FOUND_AFTER: Duration = Duration::from_secs(1);

/// Connections are made anew now and then, so that a server behind a changed name is found.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
