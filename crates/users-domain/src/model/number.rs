//! Numbers that survive every store and every language unchanged.

use std::fmt;

use super::InvalidValue;

/// A JSON number: an integer within ±2^53, or a finite double whose plain decimal form has at most 32 characters
/// (docs/API.md). `7` and `7.0` are different numbers here, as they are in JSON text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(Repr);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Repr {
    Integer(i64),
    /// Finite and never negative zero, so equality is total.
    Float(f64),
}

impl Eq for Number {}

impl Number {
    /// 2^53: up to here every integer has an exact double.
    pub const MAX_INTEGER: i64 = 1 << 53;

    /// The longest plain form, in characters.
    pub const MAX_CHARACTERS: usize = 32;

    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`] beyond ±2^53.
    pub fn integer(value: i64) -> Result<Self, InvalidValue> {
        if value.unsigned_abs() > Self::MAX_INTEGER.unsigned_abs() {
            return Err(InvalidValue::NumberOutOfRange);
        }
        Ok(Self(Repr::Integer(value)))
    }

    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`] when not finite or when the plain form is too long.
    pub fn float(value: f64) -> Result<Self, InvalidValue> {
        // PostgreSQL's numeric has no negative zero; it must not come back as another value.
        let number = Self(Repr::Float(if value == 0.0 { 0.0 } else { value }));
        if !value.is_finite() || number.to_string().len() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::NumberOutOfRange);
        }
        Ok(number)
    }

    /// Reads a number literal of JSON (RFC 8259 section 6). A literal with a fraction or an exponent is a double.
    ///
    /// # Errors
    /// [`InvalidValue::NumberOutOfRange`], or [`InvalidValue::Malformed`] for what is no literal.
    pub fn parse(literal: &str) -> Result<Self, InvalidValue> {
        if !is_literal(literal) {
            return Err(InvalidValue::Malformed);
        }
        if literal.contains(['.', 'e', 'E']) {
            return Self::float(literal.parse().map_err(|_| InvalidValue::Malformed)?);
        }
        Self::integer(
            literal
                .parse()
                .map_err(|_| InvalidValue::NumberOutOfRange)?,
        )
    }

    /// The integer, when it is written as one.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        match self.0 {
            Repr::Integer(value) => Some(value),
            Repr::Float(_) => None,
        }
    }

    /// The value as a double; exact for both kinds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "integers are within ±2^53")]
    pub fn as_double(self) -> f64 {
        match self.0 {
            Repr::Integer(value) => value as f64,
            Repr::Float(value) => value,
        }
    }
}

/// The grammar of RFC 8259 section 6, which is stricter than Rust's.
fn is_literal(text: &str) -> bool {
    let all_digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(whole, fraction)| {
            (whole, Some(fraction))
        });
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent
            .is_none_or(|digits| all_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits)))
}

impl fmt::Display for Number {
    /// The plain decimal form: no exponent, and a fraction exactly when it is a double.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Integer(value) => write!(f, "{value}"),
            Repr::Float(value) if value.fract() == 0.0 => write!(f, "{value}.0"),
            Repr::Float(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(literal: &str) -> String {
        Number::parse(literal).unwrap().to_string()
    }

    #[test]
    fn the_plain_form_has_no_exponent_and_keeps_the_kind() {
        assert_eq!(plain("7"), "7");
        assert_eq!(plain("-0"), "0");
        assert_eq!(plain("7.0"), "7.0");
        assert_eq!(plain("7e0"), "7.0");
        assert_eq!(plain("-0.0"), "0.0");
        assert_eq!(plain("1e-5"), "0.00001");
        assert_eq!(plain("1e21"), "1000000000000000000000.0");
        assert_eq!(plain("9007199254740992"), "9007199254740992");
    }

    #[test]
    fn poison_is_refused() {
        for literal in [
            "1e131000",
            "1e400",
            "-1e999",
            "1e-31",
            "9007199254740993",
            "99999999999999999999",
            "1e31",
        ] {
            assert_eq!(
                Number::parse(literal),
                Err(InvalidValue::NumberOutOfRange),
                "{literal}"
            );
        }
        for literal in [
            "", "-", "NaN", "inf", "0x10", "1_000", "+1", "007", "-01", "1.", ".5", "1.e5", "1e",
            "1e+", "1e5.0", "1-", "0 ",
        ] {
            assert_eq!(
                Number::parse(literal),
                Err(InvalidValue::Malformed),
                "{literal}"
            );
        }
    }
}
