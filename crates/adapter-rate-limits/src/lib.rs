//! Rate limiters: the port [`RateLimiter`](users_domain::ports::RateLimiter) in memory and in Redis or Valkey.
//!
//! - [`MemoryRateLimiter`] counts the requests of one process. It loses counts of at most one minute when it is dropped.
//! - [`RedisRateLimiter`] counts the requests of several processes. It stores for each subject when the requests of the
//!   last minute were admitted. A script on the server decides, by the server's clock.
//! - [`ObservedLimiter`] counts the verdicts of another limiter as metrics.
//!
//! Both implement the rules of [`SlidingWindow`](users_domain::rules::SlidingWindow); the conformance suite tests both.
//! Only data that expires within a minute may be stored here.

mod memory;
mod observed;
mod redis;
mod redis_config;
#[cfg(feature = "testing")]
pub mod testing;

pub use memory::MemoryRateLimiter;
pub use observed::ObservedLimiter;
pub use redis::RedisRateLimiter;
pub use redis_config::{InvalidUrl, RedisConfig, check_url};
