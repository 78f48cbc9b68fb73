//! The sources of a command's context: time and randomness.

use crate::model::Timestamp;

/// Provides the current time. The domain reads the clock only through this trait, so that tests can control it.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Generates random bytes suitable for secrets. The domain obtains randomness only through this trait, so that tests
/// can be deterministic.
pub trait Entropy: Send + Sync {
    /// Returns 32 unpredictable bytes.
    fn seed(&self) -> [u8; 32];
}
