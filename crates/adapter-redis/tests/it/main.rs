//! The limiter on a real server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod connection;
mod outage;
mod processes;
mod stored;

use std::time::Duration;

use adapter_redis::{RedisConfig, RedisRateLimiter};
use testkit::{a_key, an_application};
use users_domain::model::{KeyKind, LimitSubject, RateLimit};

/// A limiter with time for a slow machine.
fn limiter(url: &str) -> RedisRateLimiter {
    RedisRateLimiter::new(&RedisConfig {
        call_timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(30),
        ..RedisConfig::at(url)
    })
    .unwrap()
}

/// A subject that no other test has.
fn somebody() -> LimitSubject {
    let application = an_application();
    let (key, _) = a_key(&application, KeyKind::Service);
    LimitSubject::KeyReads {
        application: application.id,
        key: key.id,
    }
}

fn per_minute(requests: u32) -> RateLimit {
    RateLimit::per_minute(requests).unwrap()
}

/// A connection beside the limiter's, to look at what it does.
async fn connection(url: &str) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}
