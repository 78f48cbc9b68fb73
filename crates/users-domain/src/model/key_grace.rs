//! Grace period of a rotated API key.

use std::time::Duration;

use super::InvalidValue;

/// How long the old key is accepted after a rotation: 0 to 10,080 minutes (one week).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGrace(Duration);

impl KeyGrace {
    /// Maximum grace period, in minutes.
    pub const MAX_MINUTES: u64 = 7 * 24 * 60;

    /// The default grace period: 24 hours, to replace every copy of the old key.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// # Errors
    /// [`InvalidValue::OutOfRange`].
    pub const fn from_minutes(minutes: u64) -> Result<Self, InvalidValue> {
        if minutes > Self::MAX_MINUTES {
            return Err(InvalidValue::OutOfRange {
                min: 0,
                max: Self::MAX_MINUTES,
            });
        }
        Ok(Self(Duration::from_mins(minutes)))
    }

    /// The grace period as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests;
