//! Metrics of a rate limiter. No label holds an id, a name or an address.

use std::sync::Arc;

use async_trait::async_trait;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use users_domain::model::{LimitSubject, RateLimit, Verdict};
use users_domain::ports::{RateLimiter, StoreError};

const SUBJECTS: [&str; 4] = ["read", "write", "unauthenticated", "public"];
const ADMITTED: &str = "admitted";
const REFUSED: &str = "refused";
/// The limiter failed, so the request was admitted uncounted.
const UNCOUNTED: &str = "uncounted";

type Labels = [(&'static str, &'static str); 2];

/// A limiter that counts its verdicts.
pub struct ObservedLimiter {
    limiter: Arc<dyn RateLimiter>,
    checks: Family<Labels, Counter>,
}

impl ObservedLimiter {
    /// Wraps a limiter and registers the counts.
    #[must_use]
    pub fn registered(limiter: Arc<dyn RateLimiter>, registry: &mut Registry) -> Self {
        let checks: Family<Labels, Counter> = Family::default();
        for requests in SUBJECTS {
            for outcome in [ADMITTED, REFUSED, UNCOUNTED] {
                drop(checks.get_or_create_owned(&[("requests", requests), ("outcome", outcome)]));
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
        self.checks.get_or_create_owned(&[("requests", requests), ("outcome", outcome)]).inc();
        answer
    }
}

#[cfg(test)]
mod tests;
