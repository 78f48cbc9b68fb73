//! JSON numbers that every store and every language represents unchanged.

use std::fmt;

use super::InvalidValue;

/// A finite double whose plain form has at most 32 characters (docs/API.md). `7` equals `7.0`; each keeps its form.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    /// Finite and never negative zero, so equality is total.
    value: f64,
    /// Whether the number is written with a fraction, even if the fraction is zero.
    has_fraction: bool,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.value.total_cmp(&other.value).is_eq()
    }
}

impl Eq for Number {}

impl Number {
    /// 2^53: every integer up to here is exact as a double.
    pub const MAX_INTEGER: i64 = 1 << 53;

    /// Maximum length of the plain form, in characters.
    pub const MAX_CHARACTERS: usize = 32;

    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`] beyond ±2^53, unless a double represents the value exactly.
    pub fn integer(value: i64) -> Result<Self, InvalidValue> {
        Self::parse(&value.to_string())
    }

    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`] if the value is not finite or its plain form is too long.
    pub fn float(value: f64) -> Result<Self, InvalidValue> {
        Self::new(value, true)
    }

    fn new(value: f64, has_fraction: bool) -> Result<Self, InvalidValue> {
        let number = Self {
            // PostgreSQL's numeric has no negative zero; the value must survive a round trip.
            value: if value == 0.0 { 0.0 } else { value },
            has_fraction,
        };
        if !value.is_finite() || number.to_string().len() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::NumberOutOfRange);
        }
        Ok(number)
    }

    /// Parses a JSON number literal (RFC 8259 section 6). Its value, not its spelling, must be in range.
    ///
    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`], or [`InvalidValue::Malformed`] if the text is not a literal.
    pub fn parse(literal: &str) -> Result<Self, InvalidValue> {
        if !is_literal(literal) {
            return Err(InvalidValue::Malformed);
        }
        let value: f64 = literal.parse().map_err(|_| InvalidValue::Malformed)?;
        let number = Self::new(value, literal.contains(['.', 'e', 'E']))?;
        // Below 2^53 rounding is accepted; greater integers and zero (underflow) must be exact.
        let may_differ = value == 0.0 || value.abs() >= Self::MAX_DOUBLE;
        if may_differ && Decimal::of(literal) != Decimal::of(&number.to_string()) {
            return Err(InvalidValue::NumberOutOfRange);
        }
        Ok(number)
    }

    /// [`Self::MAX_INTEGER`] as a double.
    const MAX_DOUBLE: f64 = 9_007_199_254_740_992.0;

    /// The integer within ±2^53, if the number is written as an integer.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "an integer within ±2^53")]
    pub fn as_integer(self) -> Option<i64> {
        let is_integer = !self.has_fraction && self.value.abs() <= Self::MAX_DOUBLE;
        is_integer.then_some(self.value as i64)
    }

    /// Whether the plain form has a fraction.
    #[must_use]
    pub fn has_fraction(self) -> bool {
        self.has_fraction
    }

    /// The value.
    #[must_use]
    pub fn as_double(self) -> f64 {
        self.value
    }
}

/// The exact value of a literal: sign, digits without outer zeros, and the power of ten of the last digit.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// `None` if the exponent is far out of range.
    fn of(literal: &str) -> Option<Self> {
        let unsigned = literal.strip_prefix('-').unwrap_or(literal);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let trimmed = all.trim_end_matches('0');
        let digits = trimmed.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        let shift =
            i64::try_from(all.len() - trimmed.len()).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self {
            negative: unsigned.len() < literal.len(),
            digits,
            exponent: exponent.parse::<i64>().ok()?.checked_add(shift)?,
        })
    }
}

/// Checks the grammar of RFC 8259 section 6, which is stricter than Rust's.
fn is_literal(text: &str) -> bool {
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| (mantissa, Some(exponent)));
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent
            .is_none_or(|digits| all_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits)))
}

impl fmt::Display for Number {
    /// The plain decimal form: no exponent, and a fraction if the literal had a fraction or an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)?;
        if self.has_fraction && self.value.fract() == 0.0 {
            f.write_str(".0")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
