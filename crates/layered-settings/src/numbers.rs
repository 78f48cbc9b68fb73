//! Whole numbers and times.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use crate::raw::Raw;
use crate::reader::{Noted, Reader, Visibility};

impl Reader<'_> {
    /// Reads a whole number within `range`.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn number<T: TryFrom<u64>>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<T, Noted> {
        let found = self.find(key, Visibility::Open)?;
        let number = match found.raw {
            Raw::Toml(Value::Integer(number)) => u64::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Toml(_) | Raw::NotUnicode => None,
        };
        let number = number.filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let (least, most) = range.into_inner();
            let wanted = format!("must be a whole number from {least} to {most}");
            self.refuse(found, &wanted)
        })
    }

    /// Reads a number of mebibytes, and returns bytes.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn mebibytes<T: TryFrom<u64>>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<T, Noted> {
        let bytes = self.number::<u64>(key, range)?.saturating_mul(1024 * 1024);
        T::try_from(bytes).map_err(|_| self.problem(key, "is more than this machine can address"))
    }

    /// Reads a time in milliseconds.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn milliseconds(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, Noted> {
        let time = self.number(key, range).map(Duration::from_millis)?;
        self.times.insert(key, time);
        Ok(time)
    }

    /// Reads a time in seconds.
    ///
    /// # Errors
    /// The problem was recorded.
    pub fn seconds(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Duration, Noted> {
        self.number(key, range).map(Duration::from_secs)
    }

    /// Reports a time limit that is not shorter than the limit around it and thus never reached. Names the setting that
    /// was set. Does nothing if one of them was not read in milliseconds, or has a problem.
    pub fn check_within(&mut self, inner_key: &str, outer_key: &str) {
        let [inner, outer] = [inner_key, outer_key].map(|key| self.times.get(key).copied());
        let (Some(inner), Some(outer)) = (inner, outer) else {
            return;
        };
        if inner < outer {
            return;
        }
        let (inner, outer) = (inner.as_millis(), outer.as_millis());
        if self.is_set(outer_key) && !self.is_set(inner_key) {
            let message = format!("must be more than {inner_key}, which is {inner} ms");
            self.problem(outer_key, &message);
        } else {
            let message = format!("must be less than {outer_key}, which is {outer} ms");
            self.problem(inner_key, &message);
        }
    }
}
