//! Points in time.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};

use super::InvalidValue;

/// A point in time in UTC with microsecond precision, as in PostgreSQL, so that a value survives a round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// 0000-01-01T00:00:00Z, the earliest time that RFC 3339 can express in UTC.
    pub const EARLIEST: Self = Self::constant(-62_167_219_200_000_000);

    /// 9999-12-31T23:59:59.999999Z, the latest time that RFC 3339 can express in UTC.
    pub const LATEST: Self = Self::constant(253_402_300_799_999_999);

    #[expect(clippy::expect_used, reason = "evaluated by the compiler")]
    const fn constant(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).expect("in chrono's range"))
    }

    /// Truncates to microseconds. A leap second becomes the next minute's first: Unix time has no leap seconds.
    pub fn from_datetime(time: DateTime<Utc>) -> Self {
        let micros = time.timestamp_micros();
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// The time at this number of microseconds after the Unix epoch; `None` outside of chrono's range.
    #[must_use]
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Parses an RFC 3339 time with any offset. A time whose UTC year is not in 0000 to 9999 becomes the nearest one that
    /// RFC 3339 can express in UTC.
    ///
    /// # Errors
    /// [`InvalidValue::NotATime`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let time = DateTime::parse_from_rfc3339(text).map_err(|_| InvalidValue::NotATime)?;
        Ok(Self::from_datetime(time.with_timezone(&Utc)).clamp(Self::EARLIEST, Self::LATEST))
    }

    /// The time as chrono's type.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// The UTC date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The next representable time.
    pub fn next_microsecond(self) -> Self {
        Self(self.0 + Duration::microseconds(1))
    }

    /// The time `millis` milliseconds later, at most [`Timestamp::LATEST`].
    pub fn plus_millis(self, millis: u64) -> Self {
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        let later =
            Duration::try_milliseconds(millis).and_then(|span| self.0.checked_add_signed(span));
        later.map_or(Self::LATEST, Self).min(Self::LATEST)
    }

    /// The time `millis` milliseconds earlier, at least [`Timestamp::EARLIEST`].
    pub fn minus_millis(self, millis: u64) -> Self {
        let millis = i64::try_from(millis).unwrap_or(i64::MAX);
        let earlier =
            Duration::try_milliseconds(millis).and_then(|span| self.0.checked_sub_signed(span));
        earlier.map_or(Self::EARLIEST, Self).max(Self::EARLIEST)
    }

    /// The start of the minute that contains this time.
    pub fn start_of_minute(self) -> Self {
        let into_the_minute = self.unix_micros().rem_euclid(60_000_000);
        Self(self.0 - Duration::microseconds(into_the_minute))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with six decimals and `Z` (docs/API.md).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

#[cfg(test)]
mod tests;
