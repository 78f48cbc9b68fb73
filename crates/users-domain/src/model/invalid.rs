//! Errors of value validation.

use thiserror::Error;

/// Unit of a length limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// Bytes of the UTF-8 form.
    Bytes,
    /// Unicode scalar values.
    Characters,
}

/// Why a text or JSON tree is not a valid value of its type. The HTTP layer maps each variant to an error text for
/// clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// Empty, or white space only.
    #[error("the value is blank")]
    Blank,
    /// Longer than its limit.
    #[error("the value is longer than {max} {unit:?}")]
    TooLong {
        /// The limit.
        max: usize,
        /// What the limit counts.
        unit: LengthUnit,
    },
    /// Contains a control character (Unicode category Cc) or another character that is not allowed in a name.
    #[error("the value contains a control character")]
    ControlCharacter,
    /// A word reserved for the paths of the API.
    #[error("the value is a reserved word")]
    Reserved,
    /// Not a calendar date of the form `YYYY-MM-DD`.
    #[error("the value is not a date")]
    NotADate,
    /// A date of birth after today.
    #[error("the date is in the future")]
    InTheFuture,
    /// A date of birth before 1900.
    #[error("the date is before 1900")]
    BeforeEarliestDate,
    /// Not an RFC 3339 time.
    #[error("the value is not a time")]
    NotATime,
    /// A reported time before the earliest accepted year.
    #[error("the time is before {year}")]
    BeforeEarliestTime {
        /// The first year that is accepted.
        year: i32,
    },
    /// A time that must be in the future and is not.
    #[error("the time is not in the future")]
    NotAhead,
    /// Not a known country or issuer code.
    #[error("the value is not a country code")]
    UnknownCountry,
    /// Not an e-mail address of the form `local@domain`.
    #[error("the value is not an e-mail address")]
    NotAnEmail,
    /// Not an http or https URL.
    #[error("the value is not a URL")]
    NotAUrl,
    /// Not a network in CIDR notation, or a network with bits set beyond its prefix.
    #[error("the value is not a network in CIDR notation, or has bits set beyond its prefix")]
    NotANetwork,
    /// More entries than allowed.
    #[error("there are more than {max} entries")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// Nested deeper than allowed.
    #[error("the value is nested deeper than {max} levels")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// An integer beyond ±2^53 that no double represents exactly, or a number that is not finite or whose plain form is
    /// longer than 32 characters.
    #[error("the number has no exact form of at most 32 characters")]
    NumberOutOfRange,
    /// Does not have the format of the type.
    #[error("the value is malformed")]
    Malformed,
    /// Outside the allowed range.
    #[error("the value is not between {min} and {max}")]
    OutOfRange {
        /// The least allowed value.
        min: u64,
        /// The greatest allowed value.
        max: u64,
    },
    /// Not one of the allowed values.
    #[error("the value is not one of the allowed values")]
    UnknownWord,
}
