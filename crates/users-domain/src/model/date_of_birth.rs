//! Dates of birth.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::InvalidValue;

/// A calendar date from 1900 on that was not in the future when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateOfBirth(NaiveDate);

impl DateOfBirth {
    /// The first accepted year.
    pub const EARLIEST_YEAR: i32 = 1900;

    /// Parses a date of the exact form `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`InvalidValue::NotADate`], [`InvalidValue::BeforeEarliestDate`] or [`InvalidValue::InTheFuture`].
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, InvalidValue> {
        let date =
            NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| InvalidValue::NotADate)?;
        // chrono also accepts unpadded and signed forms; only the canonical form survives a round trip.
        if date.to_string() != text {
            return Err(InvalidValue::NotADate);
        }
        let accepted = Self::from_stored(date)?;
        if date > today {
            return Err(InvalidValue::InTheFuture);
        }
        Ok(accepted)
    }

    /// Wraps a stored date without comparing it with today.
    ///
    /// # Errors
    /// [`InvalidValue::BeforeEarliestDate`].
    pub fn from_stored(date: NaiveDate) -> Result<Self, InvalidValue> {
        if date.year() < Self::EARLIEST_YEAR {
            return Err(InvalidValue::BeforeEarliestDate);
        }
        Ok(Self(date))
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0
    }
}

impl fmt::Display for DateOfBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
