//! The rate limit headers of responses to counted requests.

use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use users_domain::model::{RateLimit, Timestamp, Verdict};

use crate::http::error::LimitedRequests;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The client's current allowance, stored in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::gate) struct Allowance {
    requests: LimitedRequests,
    limit: u32,
    remaining: u32,
    /// The time for which `remaining` holds, in seconds: until the next admitted request if none remain, else until the
    /// window is empty.
    seconds: u64,
    /// The end of that time, in whole seconds since the Unix epoch.
    reset_at: i64,
}

impl Allowance {
    pub(super) fn new(requests: LimitedRequests, verdict: &Verdict, now: Timestamp) -> Self {
        let (seconds, span) = if verdict.remaining == 0 {
            (verdict.next_in_seconds(), verdict.next_in)
        } else {
            (verdict.full_in_seconds(), verdict.full_in)
        };
        Self {
            requests,
            limit: verdict.limit.requests(),
            remaining: verdict.remaining,
            seconds,
            reset_at: end_in_seconds(now, span),
        }
    }

    /// The allowance of a request, if it was counted.
    pub(in crate::http::gate) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// Adds the two headers of draft-ietf-httpapi-ratelimit-headers-11, and the older ones that many clients read.
    pub(in crate::http::gate) fn insert_into(&self, headers: &mut HeaderMap) {
        let policy = self.requests.policy();
        let window = RateLimit::WINDOW.as_secs();
        for (name, value) in [
            (RATE_LIMIT_POLICY, format!("\"{policy}\";q={};w={window}", self.limit)),
            (RATE_LIMIT, format!("\"{policy}\";r={};t={}", self.remaining, self.seconds)),
            (LIMIT, self.limit.to_string()),
            (REMAINING, self.remaining.to_string()),
            (RESET, self.reset_at.to_string()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Rounds up, so that a client that waits until then is not refused again.
fn end_in_seconds(now: Timestamp, span: Duration) -> i64 {
    const SECOND: i64 = 1_000_000;
    let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    let end = now.unix_micros().saturating_add(span);
    end.div_euclid(SECOND) + i64::from(end.rem_euclid(SECOND) > 0)
}

#[cfg(test)]
mod tests;
