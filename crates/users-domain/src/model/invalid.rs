//! Errors of value validation.

use std::fmt;

/// Unit of a length limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// Bytes of the UTF-8 form.
    Bytes,
    /// Unicode scalar values.
    Characters,
}

/// Why a text or JSON tree is not valid. The HTTP layer maps each variant to an error text for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidValue {
    /// Empty, or white space only.
    Blank,
    /// Longer than its limit.
    TooLong {
        /// The limit.
        max: usize,
        /// What the limit counts.
        unit: LengthUnit,
    },
    /// Contains a control character (Unicode category Cc) or another character that is not allowed in a name.
    ControlCharacter,
    /// A word reserved for the paths of the API.
    Reserved,
    /// Not a calendar date of the form `YYYY-MM-DD`.
    NotADate,
    /// A date of birth after today.
    InTheFuture,
    /// A date of birth before 1900.
    BeforeEarliestDate,
    /// Not an RFC 3339 time.
    NotATime,
    /// A reported time before the earliest accepted year.
    BeforeEarliestTime {
        /// The first year that is accepted.
        year: i32,
    },
    /// A time that must be in the future and is not.
    NotAhead,
    /// Not a known country or issuer code.
    UnknownCountry,
    /// Not an e-mail address of the form `local@domain`.
    NotAnEmail,
    /// Not an http or https URL.
    NotAUrl,
    /// Not a network in CIDR notation, or a network with bits set beyond its prefix.
    NotANetwork,
    /// More entries than allowed.
    TooMany {
        /// The limit.
        max: usize,
    },
    /// Nested deeper than allowed.
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// An integer beyond ±2^53 that no double represents, or a number without a plain form of at most 32 characters.
    NumberOutOfRange,
    /// Does not have the format of the type.
    Malformed,
    /// Outside the allowed range.
    OutOfRange {
        /// The least allowed value.
        min: u64,
        /// The greatest allowed value.
        max: u64,
    },
    /// Not one of the allowed values.
    UnknownWord,
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong { max, unit } => {
                return write!(f, "the value is longer than {max} {unit:?}");
            }
            Self::BeforeEarliestTime { year } => return write!(f, "the time is before {year}"),
            Self::TooMany { max } => return write!(f, "there are more than {max} entries"),
            Self::TooDeep { max } => {
                return write!(f, "the value is nested deeper than {max} levels");
            }
            Self::OutOfRange { min, max } => {
                return write!(f, "the value is not between {min} and {max}");
            }
            Self::Blank => "the value is blank",
            Self::ControlCharacter => "the value contains a control character",
            Self::Reserved => "the value is a reserved word",
            Self::NotADate => "the value is not a date",
            Self::InTheFuture => "the date is in the future",
            Self::BeforeEarliestDate => "the date is before 1900",
            Self::NotATime => "the value is not a time",
            Self::NotAhead => "the time is not in the future",
            Self::UnknownCountry => "the value is not a country code",
            Self::NotAnEmail => "the value is not an e-mail address",
            Self::NotAUrl => "the value is not a URL",
            Self::NotANetwork => {
                "the value is not a network in CIDR notation, or has bits set beyond its prefix"
            }
            Self::NumberOutOfRange => "the number has no exact form of at most 32 characters",
            Self::Malformed => "the value is malformed",
            Self::UnknownWord => "the value is not one of the allowed values",
        })
    }
}

impl std::error::Error for InvalidValue {}

/// These entries in order, without duplicates; at most `max`.
pub(super) fn unique<T: PartialEq>(
    entries: impl IntoIterator<Item = T>,
    max: usize,
) -> Result<Vec<T>, InvalidValue> {
    let mut unique = Vec::new();
    for entry in entries {
        if !unique.contains(&entry) {
            unique.push(entry);
        }
    }
    if unique.len() > max { Err(InvalidValue::TooMany { max }) } else { Ok(unique) }
}
