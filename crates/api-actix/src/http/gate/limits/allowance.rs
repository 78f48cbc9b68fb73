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
    /// Creates the allowance from a limiter's verdict.
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
            (
                RATE_LIMIT_POLICY,
                format!("\"{policy}\";q={};w={window}", self.limit),
            ),
            (
                RATE_LIMIT,
                format!("\"{policy}\";r={};t={}", self.remaining, self.seconds),
            ),
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
mod tests {
    use super::*;

    fn header_values(remaining: u32, next_in: u64, full_in: u64) -> Vec<String> {
        let verdict = Verdict {
            admitted: true,
            limit: RateLimit::per_minute(600).unwrap(),
            remaining,
            next_in: Duration::from_micros(next_in),
            full_in: Duration::from_micros(full_in),
        };
        let now = Timestamp::from_unix_micros(1_800_000_000_500_000).unwrap();
        let mut headers = HeaderMap::new();
        Allowance::new(LimitedRequests::Reads, &verdict, now).insert_into(&mut headers);
        let names = [RATE_LIMIT_POLICY, RATE_LIMIT, LIMIT, REMAINING, RESET];
        let text = |name: HeaderName| headers.get(name).unwrap().to_str().unwrap().to_owned();
        names.map(text).to_vec()
    }

    #[test]
    fn with_requests_left_reset_is_the_end_of_the_window() {
        assert_eq!(
            header_values(599, 0, 60_000_000),
            [
                "\"read\";q=600;w=60",
                "\"read\";r=599;t=60",
                "600",
                "599",
                "1800000061"
            ]
        );
    }

    #[test]
    fn with_no_requests_left_reset_is_the_next_admission() {
        let values = header_values(0, 7_100_000, 60_000_000);
        assert_eq!(values[1], "\"read\";r=0;t=8");
        assert_eq!(values[4], "1800000008");
    }

    #[test]
    fn a_whole_second_is_not_rounded() {
        let at = |micros| Timestamp::from_unix_micros(micros).unwrap();
        assert_eq!(end_in_seconds(at(2_000_000), Duration::from_secs(3)), 5);
        assert_eq!(end_in_seconds(at(2_000_001), Duration::from_secs(3)), 6);
        assert_eq!(end_in_seconds(at(-1), Duration::ZERO), 0);
    }
}
