//! Rate limit counts shared by several processes, in Redis or Valkey.
//!
//! [`RedisRateLimiter`] stores for each subject when the requests of the last minute were admitted. A script on the
//! server decides, by the server's clock. The script implements the same rules as
//! [`SlidingWindow`](users_domain::rules::SlidingWindow); the conformance suite tests both. Only data that expires
//! within a minute may be stored here.

mod config;
mod rate_limiter;
#[cfg(feature = "testing")]
pub mod testing;

pub use config::{InvalidUrl, RedisConfig, check_url};
pub use rate_limiter::RedisRateLimiter;
