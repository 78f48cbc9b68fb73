//! The rate limiter of the process and its metrics. No label holds an id, a name or an address.

use std::sync::Arc;

use adapter_rate_limits::{InvalidUrl, MemoryRateLimiter, RedisRateLimiter};
use async_trait::async_trait;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use users_domain::model::{LimitSubject, RateLimit, Verdict};
use users_domain::ports::{RateLimiter, StoreError};

use crate::config::Limits;
use crate::system::SystemClock;

const SUBJECTS: [&str; 4] = ["read", "write", "unauthenticated", "public"];
const ADMITTED: &str = "admitted";
const REFUSED: &str = "refused";
/// The limiter failed, so the request was admitted uncounted.
const UNCOUNTED: &str = "uncounted";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabels {
    requests: &'static str,
    outcome: &'static str,
}

/// Creates a limiter that counts in Redis if it is configured, else in this process. Its verdicts are counted in a
/// registry. Must be called within the runtime that serves.
///
/// # Errors
/// [`InvalidUrl`].
pub fn limiter(
    config: &Limits,
    registry: &mut Registry,
) -> Result<Arc<dyn RateLimiter>, InvalidUrl> {
    let limiter: Arc<dyn RateLimiter> = match &config.redis {
        Some(redis) => Arc::new(RedisRateLimiter::new(&redis.config())?),
        None => Arc::new(MemoryRateLimiter::new(Arc::new(SystemClock))),
    };
    if config.redis.is_some() {
        tracing::info!("rate limits are counted in Redis whenever it responds");
    } else {
        tracing::info!("rate limits are counted in this process only");
    }
    Ok(Arc::new(ObservedLimiter::registered(limiter, registry)))
}

/// A limiter that counts its verdicts.
pub struct ObservedLimiter {
    limiter: Arc<dyn RateLimiter>,
    checks: Family<CheckLabels, Counter>,
}

impl ObservedLimiter {
    /// Wraps a limiter and registers the counts.
    #[must_use]
    pub fn registered(limiter: Arc<dyn RateLimiter>, registry: &mut Registry) -> Self {
        let checks: Family<CheckLabels, Counter> = Family::default();
        for requests in SUBJECTS {
            for outcome in [ADMITTED, REFUSED, UNCOUNTED] {
                drop(checks.get_or_create_owned(&CheckLabels { requests, outcome }));
            }
        }
        registry.register(
            "rate_limit_checks",
            "Requests that were checked against a limit, by kind of request and outcome",
            checks.clone(),
        );
        Self { limiter, checks }
    }
}

#[async_trait]
impl RateLimiter for ObservedLimiter {
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError> {
        let answer = self.limiter.check(subject, limit).await;
        let [read, write, unauthenticated, public] = SUBJECTS;
        let requests = match subject {
            LimitSubject::KeyReads { .. } => read,
            LimitSubject::KeyWrites { .. } => write,
            LimitSubject::Address(_) => unauthenticated,
            LimitSubject::Public(_) => public,
        };
        let outcome = match &answer {
            Ok(verdict) if verdict.admitted => ADMITTED,
            Ok(_) => REFUSED,
            Err(_) => UNCOUNTED,
        };
        self.checks
            .get_or_create_owned(&CheckLabels { requests, outcome })
            .inc();
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::encoding::text::encode;
    use users_domain::ports::MockRateLimiter;

    use super::*;

    fn verdict(admitted: bool, limit: RateLimit) -> Verdict {
        Verdict {
            admitted,
            limit,
            remaining: 0,
            next_in: Duration::from_secs(1),
            full_in: Duration::from_secs(1),
        }
    }

    #[tokio::test]
    async fn every_verdict_is_counted_once_and_returned() {
        let mut inner = MockRateLimiter::new();
        let mut answers = vec![Some(true), Some(false), Some(false), None].into_iter();
        inner.expect_check().times(4).returning(move |_, limit| {
            let admitted = answers.next().flatten();
            let away = || StoreError::Unavailable {
                reason: "away".to_owned(),
            };
            admitted
                .map(|admitted| verdict(admitted, limit))
                .ok_or_else(away)
        });
        let mut registry = Registry::with_prefix("users");
        let limiter = ObservedLimiter::registered(Arc::new(inner), &mut registry);
        let subject = LimitSubject::of_address([192, 0, 2, 1].into());
        let limit = RateLimit::per_minute(1).unwrap();
        for expected in [Some(true), Some(false), Some(false), None] {
            let answer = limiter.check(subject, limit).await;
            assert_eq!(answer.ok().map(|verdict| verdict.admitted), expected);
        }
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for (requests, outcome, count) in [
            ("unauthenticated", ADMITTED, 1),
            ("unauthenticated", REFUSED, 2),
            ("unauthenticated", UNCOUNTED, 1),
            ("read", ADMITTED, 0),
            ("write", UNCOUNTED, 0),
        ] {
            let line = format!(
                "users_rate_limit_checks_total{{requests=\"{requests}\",outcome=\"{outcome}\"}} {count}\n"
            );
            assert!(text.contains(&line), "{line}{text}");
        }
    }
}
