//! Counts of requests that several processes share, in Redis or Valkey.
//!
//! [`RedisRateLimiter`] keeps, for each subject, when its requests of the last minute were admitted, and decides in one
//! script on the server, by the server's clock. What it answers is
//! [`SlidingWindow`](users_domain::rules::SlidingWindow), as the script says it once more: the conformance suite holds
//! the two together. Nothing is kept here that must outlive a minute; nothing else of the service may be put here.

mod config;
mod rate_limiter;
#[cfg(feature = "testing")]
pub mod testing;

pub use config::{InvalidUrl, RedisConfig, check_url};
pub use rate_limiter::RedisRateLimiter;
