//! The limiter: one script for each check.

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

/// Whether it is admitted, how many more would be, when the next one is and when the limit is free, in microseconds.
type Answer = (bool, u32, u64, u64);

/// Counts requests together with all processes that use the same server.
///
/// It connects with the first check, and again whenever the connection is lost. While the server is away, or slower than
/// [`RedisConfig::call_timeout`], checks are [`StoreError::Unavailable`].
#[derive(Clone)]
pub struct RedisRateLimiter {
    connection: ConnectionManager,
    script: Arc<Script>,
    call_timeout: Duration,
    /// Only tests have another clock than the server's.
    clock: Option<Arc<dyn Clock>>,
}

impl RedisRateLimiter {
    /// Does not connect yet. To be called within a Tokio runtime that stays for as long as the limiter.
    ///
    /// # Errors
    /// [`InvalidUrl`].
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

    /// Counts by this clock, not by the server's.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The time for the script, empty for the server's.
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
        call.arg(limit.requests())
            .arg(RateLimit::WINDOW.as_secs() * 1_000_000)
            .arg(self.time());
        let answer = timeout(self.call_timeout, call.invoke_async(&mut connection)).await;
        let answer: Result<Answer, RedisError> = answer.map_err(|_| StoreError::Unavailable {
            reason: format!("no answer within {:?}", self.call_timeout),
        })?;
        let (admitted, remaining, next_in, full_in) =
            answer.map_err(|error| StoreError::Unavailable {
                reason: error.to_string(),
            })?;
        Ok(Verdict {
            admitted,
            limit,
            remaining,
            next_in: Duration::from_micros(next_in),
            full_in: Duration::from_micros(full_in),
        })
    }
}

/// One key for each check, so that it is all of a cluster's slot that matters.
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
