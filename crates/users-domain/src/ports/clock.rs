//! The clock.

use crate::model::Timestamp;

/// Provides the current time. The domain reads the clock only through this trait, so that tests can control it.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}
