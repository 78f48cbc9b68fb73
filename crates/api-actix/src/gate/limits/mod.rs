//! How much may be asked. Owns which requests count, and that nobody is refused because nobody can count; which limit
//! holds is a rule of the domain, and the counting is behind its port.

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
use users_domain::rules::{DefaultLimits, anonymous_limit, limit_of_key, limit_of_public};

pub(super) use allowance::Allowance;
use outage::Outage;

use crate::error::{ApiError, LimitedRequests};
use crate::state::AppState;

/// What requests are counted with.
pub(crate) struct Limits {
    limiter: Arc<dyn RateLimiter>,
    defaults: DefaultLimits,
    outage: Outage,
}

impl Limits {
    /// By this counter, with these limits where nobody set others.
    pub(crate) fn new(limiter: Arc<dyn RateLimiter>, defaults: DefaultLimits) -> Self {
        Self {
            limiter,
            defaults,
            outage: Outage::default(),
        }
    }
}

/// Counts a request of a valid key, whatever is to become of it.
pub(super) async fn count_of_key(
    state: &AppState,
    request: &ServiceRequest,
    grant: &KeyGrant,
    deadline: Instant,
) -> Result<(), ApiError> {
    let kind = kind_of(request.method());
    let limit = limit_of_key(grant, kind, &state.limits.defaults);
    let subject = LimitSubject::of_key(&grant.key, kind);
    count(state, request, subject, limit, deadline).await
}

/// Counts a request without a valid key. A valid key is never refused for what others send from its address.
pub(super) async fn count_of_stranger(
    state: &AppState,
    request: &ServiceRequest,
    address: Option<IpAddr>,
    deadline: Instant,
) -> Result<(), ApiError> {
    let Some(address) = address else {
        return Ok(());
    };
    let limit = anonymous_limit(&state.limits.defaults);
    let subject = LimitSubject::of_address(address);
    count(state, request, subject, limit, deadline).await
}

/// Counts a request to a route that needs no key.
pub(super) async fn count_of_public(
    state: &AppState,
    request: &ServiceRequest,
    address: Option<IpAddr>,
    deadline: Instant,
) -> Result<(), ApiError> {
    let Some(address) = address else {
        return Ok(());
    };
    let limit = limit_of_public(&state.limits.defaults);
    let subject = LimitSubject::of_public(address);
    count(state, request, subject, limit, deadline).await
}

/// What is safe (RFC 9110 section 9.2.1) reads; what a method that nobody knows would do is not known.
fn kind_of(method: &Method) -> RequestKind {
    if method.is_safe() {
        RequestKind::Read
    } else {
        RequestKind::Write
    }
}

async fn count(
    state: &AppState,
    request: &ServiceRequest,
    subject: LimitSubject,
    limit: Option<RateLimit>,
    deadline: Instant,
) -> Result<(), ApiError> {
    let Some(limit) = limit else {
        return Ok(());
    };
    let limits = &state.limits;
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
    let allowance = Allowance::new(requests, &verdict, state.users.now());
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

/// A limiter is to answer in far less.
fn out_of_time() -> StoreError {
    StoreError::Unavailable {
        reason: "the check took longer than a request may".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_change_something_is_a_write() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert_eq!(kind_of(&method), RequestKind::Read, "{method}");
        }
        let odd = Method::from_bytes(b"PURGE").unwrap();
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            odd,
        ] {
            assert_eq!(kind_of(&method), RequestKind::Write, "{method}");
        }
    }
}
