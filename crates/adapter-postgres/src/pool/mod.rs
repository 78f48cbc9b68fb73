//! Connections, shared fairly and with a limit on every wait.
//!
//! Owns the way from asynchronous callers to blocking work: a semaphore of the pool's size in front, so that waiting
//! costs no thread, then one blocking task per call. Must never run work on a thread of the async runtime.

mod connect_error;
mod connect_url;
mod session;
mod throttle;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::{PgConnection, r2d2};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;
use users_domain::ports::StoreError;

use crate::failure::{Failure, Kind};
use session::{LogFailures, Sessions};

pub(crate) use connect_error::told;
pub(crate) use connect_url::with_limits;
pub use connect_url::{InvalidUrl, check_url};

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
    permits: Arc<Semaphore>,
    checkout_timeout: Duration,
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
            .build_unchecked(Sessions::new(url, config)?);
        Ok(Self {
            sessions,
            permits: Arc::new(Semaphore::new(connections as usize)),
            checkout_timeout: config.checkout_timeout,
            call_timeout: config.call_timeout,
        })
    }

    /// Runs blocking work with a connection. The caller's span goes with it, and its panic comes back.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    {
        let deadline = Instant::now() + self.checkout_timeout;
        let permit = self.permit().await?;
        let (sessions, span) = (self.sessions.clone(), Span::current());
        let blocking = spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| with_session(&sessions, deadline, work))
        });
        match timeout(self.call_timeout, blocking).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(join)) if join.is_panic() => resume_unwind(join.into_panic()),
            Ok(Err(_)) => Err(Failure::unavailable("the service is shutting down").into()),
            Err(_) => Err(Failure::unavailable("no answer in time").into()),
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let permits = Arc::clone(&self.permits);
        match timeout(self.checkout_timeout, permits.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Failure::unavailable("every connection is in use")),
        }
    }
}

/// Connections are made anew now and then, so that a server behind a changed name is found.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

fn with_session<T>(
    sessions: &r2d2::Pool<Sessions>,
    deadline: Instant,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut session = sessions
        .get_timeout(deadline.saturating_duration_since(Instant::now()))
        .map_err(|_| Failure::unavailable("no connection to the database"))?;
    let answer = work(session.connection());
    if answer
        .as_ref()
        .is_err_and(|failure| failure.kind == Kind::Lost)
    {
        session.give_up();
    }
    answer
}
