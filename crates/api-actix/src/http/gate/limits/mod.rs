//! Rate limits. Decides which requests count, and admits requests while the limiter fails. The domain determines the
//! limits; the limiter port counts.

mod allowance;
mod outage;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use tokio::time::{Instant, timeout_at};
use users_domain::model::{KeyGrant, LimitSubject, RateLimit, RequestKind};
use users_domain::ports::{RateLimiter, StoreError};
use users_domain::rules::{DefaultLimits, limit_of_key};

pub(super) use allowance::Allowance;
use outage::Outage;

use crate::http::error::{ApiError, LimitedRequests};
use crate::http::gate::Gate;

pub(super) struct Limits {
    limiter: Arc<dyn RateLimiter>,
    defaults: DefaultLimits,
    outage: Outage,
}

impl Limits {
    pub(super) fn new(limiter: Arc<dyn RateLimiter>, defaults: DefaultLimits) -> Self {
        Self { limiter, defaults, outage: Outage::default() }
    }
}

/// Counts a request with a valid key, whatever its outcome.
pub(super) async fn count_for_key(
    gate: &Gate,
    request: &ServiceRequest,
    grant: &KeyGrant,
    deadline: Instant,
) -> Result<(), ApiError> {
    let kind = kind_of(request.method());
    let limit = limit_of_key(grant, kind, &gate.limits.defaults);
    let subject = LimitSubject::of_key(&grant.key, kind);
    count(gate, request, subject, limit, deadline).await
}

/// Counts a request without a valid key, or to a route that needs no key, by its address. Such requests never use up the
/// limit of a valid key from the same address.
pub(super) async fn count_for_address(
    gate: &Gate,
    request: &ServiceRequest,
    address: Option<IpAddr>,
    is_public: bool,
    deadline: Instant,
) -> Result<(), ApiError> {
    let Some(address) = address else {
        return Ok(());
    };
    let defaults = &gate.limits.defaults;
    let (subject, per_minute) = if is_public {
        (LimitSubject::of_public(address), defaults.public_per_minute)
    } else {
        (LimitSubject::of_address(address), defaults.unauthenticated_per_minute)
    };
    count(gate, request, subject, RateLimit::per_minute(per_minute), deadline).await
}

/// Safe methods (RFC 9110 section 9.2.1) are reads; all others, unknown ones included, are writes.
fn kind_of(method: &Method) -> RequestKind {
    if method.is_safe() { RequestKind::Read } else { RequestKind::Write }
}

async fn count(
    gate: &Gate,
    request: &ServiceRequest,
    subject: LimitSubject,
    limit: Option<RateLimit>,
    deadline: Instant,
) -> Result<(), ApiError> {
    let Some(limit) = limit else {
        return Ok(());
    };
    let limits = &gate.limits;
    let check = timeout_at(deadline, limits.limiter.check(subject, limit)).await;
    let verdict = match check.unwrap_or_else(|_| Err(out_of_time())) {
        Ok(verdict) => verdict,
        Err(error) => {
            limits.outage.uncounted(&error, Instant::now());
            return Ok(());
        }
    };
    limits.outage.counted();
    let requests = LimitedRequests::of(subject);
    let allowance = Allowance::new(requests, &verdict, gate.now());
    request.extensions_mut().insert(allowance);
    if verdict.admitted {
        Ok(())
    } else {
        Err(ApiError::RateLimited {
            requests,
            per_minute: limit.requests(),
            retry_after_seconds: verdict.next_in_seconds(),
        })
    }
}

fn out_of_time() -> StoreError {
    StoreError::Unavailable { reason: "the check exceeded the time limit of a request".to_owned() }
}

#[cfg(test)]
mod tests;
