//! The rate limiters in memory and on a real server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod connection;
mod memory;
mod outage;
mod processes;
mod stored;

use std::time::Duration;

use adapter_rate_limits::{RedisConfig, RedisRateLimiter};
use testkit::{a_key, an_application};
use users_domain::model::{KeyKind, LimitSubject, RateLimit};

/// A limiter with timeouts that suffice on a slow machine.
fn limiter(url: &str) -> RedisRateLimiter {
    RedisRateLimiter::new(&RedisConfig {
        call_timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(30),
        ..RedisConfig::at(url)
    })
    .unwrap()
}

/// A new subject that no other test uses.
fn new_subject() -> LimitSubject {
    let application = an_application();
    let (key, _) = a_key(&application, KeyKind::Service);
    LimitSubject::KeyReads { application: application.id, key: key.id }
}

fn per_minute(requests: u32) -> RateLimit {
    RateLimit::per_minute(requests).unwrap()
}

/// A separate connection to inspect the server.
async fn connection(url: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}
