//! Rate limits that several processes share: one script call on the Redis server per check.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::ConnectionManager;
use redis::{RedisError, Script};
use tokio::time::timeout;
use users_domain::model::{LimitSubject, RateLimit, Verdict};
use users_domain::ports::{Clock, RateLimiter, StoreError};

use crate::{InvalidUrl, RedisConfig};

/// Whether the request is admitted, how many more are allowed, and the microseconds until the next one is allowed and
/// until the whole limit is available.
type Answer = (bool, u32, u64, u64);

/// Counts requests together with all processes that use the same server.
///
/// Connects at the first check, and again whenever the connection is lost. While the server is unreachable, or slower
/// than [`RedisConfig::call_timeout`], checks fail with [`StoreError::Unavailable`].
#[derive(Clone)]
pub struct RedisRateLimiter {
    connection: ConnectionManager,
    script: Arc<Script>,
    call_timeout: Duration,
    /// Replaces the server's clock in tests.
    clock: Option<Arc<dyn Clock>>,
}

impl RedisRateLimiter {
    /// Creates a limiter without connecting. Must be called within a Tokio runtime that outlives the limiter.
    ///
    /// # Errors
    /// [`InvalidUrl`] if the URL is invalid.
    pub fn new(config: &RedisConfig) -> Result<Self, InvalidUrl> {
        let connection =
            ConnectionManager::new_lazy_with_config(config.client()?, config.reconnecting());
        Ok(Self {
            connection: connection.map_err(|_| InvalidUrl)?,
            script: Arc::new(Script::new(include_str!("sliding_window.lua"))),
            call_timeout: config.call_timeout,
            clock: None,
        })
    }

    /// Uses this clock instead of the server's.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The time argument of the script; empty selects the server's clock.
    fn time(&self) -> String {
        let clock = self.clock.as_ref();
        clock.map_or_else(String::new, |clock| clock.now().unix_micros().to_string())
    }
}

impl fmt::Debug for RedisRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRateLimiter")
            .field("call_timeout", &self.call_timeout)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError> {
        let mut connection = self.connection.clone();
        let mut call = self.script.key(key(subject));
        call.arg(limit.requests()).arg(RateLimit::WINDOW.as_secs() * 1_000_000).arg(self.time());
        let answer = timeout(self.call_timeout, call.invoke_async(&mut connection)).await;
        let answer: Result<Answer, RedisError> = answer.map_err(|_| StoreError::Unavailable {
            reason: format!("no answer within {:?}", self.call_timeout),
        })?;
        let (admitted, remaining, next_in, full_in) =
            answer.map_err(|error| StoreError::Unavailable { reason: error.to_string() })?;
        Ok(Verdict {
            admitted,
            limit,
            remaining,
            next_in: Duration::from_micros(next_in),
            full_in: Duration::from_micros(full_in),
        })
    }
}

/// The script uses exactly one key, so that it runs on a single slot of a cluster.
fn key(subject: LimitSubject) -> String {
    match subject {
        LimitSubject::KeyReads { application, key } => {
            format!("users:limit:{application}:{key}:reads")
        }
        LimitSubject::KeyWrites { application, key } => {
            format!("users:limit:{application}:{key}:writes")
        }
        LimitSubject::Address(network) => format!("users:limit:address:{network}"),
        LimitSubject::Public(network) => format!("users:limit:public:{network}"),
    }
}
