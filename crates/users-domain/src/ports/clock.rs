//! The time of day.

use crate::model::Timestamp;

/// Tells the time. The only way to the clock, so that tests can set it.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}
