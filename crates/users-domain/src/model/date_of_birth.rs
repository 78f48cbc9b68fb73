//! When a person was born.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::InvalidValue;

/// A real calendar date from 1900 on that was not in the future when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateOfBirth(NaiveDate);

impl DateOfBirth {
    /// The first accepted year.
    pub const EARLIEST_YEAR: i32 = 1900;

    /// Reads `YYYY-MM-DD`, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::NotADate`], [`InvalidValue::BeforeEarliestDate`] or [`InvalidValue::InTheFuture`].
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, InvalidValue> {
        let date =
            NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| InvalidValue::NotADate)?;
        // chrono also reads unpadded and signed forms; only the canonical form comes out as it went in.
        if date.to_string() != text {
            return Err(InvalidValue::NotADate);
        }
        let accepted = Self::from_stored(date)?;
        if date > today {
            return Err(InvalidValue::InTheFuture);
        }
        Ok(accepted)
    }

    /// A date that was accepted before, whatever today is.
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
mod tests {
    use super::*;

    #[test]
    fn only_real_dates_between_1900_and_today_in_their_one_form_are_accepted() {
        let today = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
        let parse = |text| DateOfBirth::parse(text, today);
        assert_eq!(parse("2026-02-28").unwrap().to_string(), "2026-02-28");
        assert!(parse("1900-01-01").is_ok());
        assert_eq!(parse("2026-03-01"), Err(InvalidValue::InTheFuture));
        assert_eq!(parse("1899-12-31"), Err(InvalidValue::BeforeEarliestDate));
        for text in [
            "2025-02-29",
            "2025-1-1",
            "+2025-01-01",
            "01-01-2025",
            "2025-01-01T00:00:00Z",
            "",
            " 2025-01-01",
        ] {
            assert_eq!(parse(text), Err(InvalidValue::NotADate), "{text}");
        }
    }
}
