//! Why a value was not accepted.

use thiserror::Error;

/// What a length limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// Bytes of the UTF-8 form.
    Bytes,
    /// Unicode scalar values.
    Characters,
}

/// Why a text or tree is no valid value of its type. The edge turns each variant into the text its clients know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// Nothing, or nothing but white space.
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
    /// Holds a control character (Unicode category Cc), or another one that may not be in a name.
    #[error("the value holds a control character")]
    ControlCharacter,
    /// A word that the paths of the API need.
    #[error("the value is a reserved word")]
    Reserved,
    /// No calendar date of the form `YYYY-MM-DD`.
    #[error("the value is no date")]
    NotADate,
    /// A date of birth after today.
    #[error("the date is in the future")]
    InTheFuture,
    /// A date of birth before 1900.
    #[error("the date is before 1900")]
    BeforeEarliestDate,
    /// No RFC 3339 time.
    #[error("the value is no time")]
    NotATime,
    /// A reported time before all that can be reported.
    #[error("the time is before {year}")]
    BeforeEarliestTime {
        /// The first year that is accepted.
        year: i32,
    },
    /// A time that had to be ahead and is not.
    #[error("the time is not ahead")]
    NotAhead,
    /// No code of ISO 3166-1.
    #[error("the value is no country code")]
    UnknownCountry,
    /// No address of the form `local@domain`.
    #[error("the value is no e-mail address")]
    NotAnEmail,
    /// No http or https URL.
    #[error("the value is no URL")]
    NotAUrl,
    /// No network in CIDR notation, or one with bits beyond its prefix.
    #[error("the value is no network in CIDR notation, or has bits beyond its prefix")]
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
    /// An integer beyond ±2^53, or another number that is not finite or whose plain form is longer than 32 characters.
    #[error("the number has no exact and short form")]
    NumberOutOfRange,
    /// Not of the form the type has.
    #[error("the value is malformed")]
    Malformed,
    /// Outside of its range.
    #[error("the value is not between {min} and {max}")]
    OutOfRange {
        /// The least allowed value.
        min: u64,
        /// The greatest allowed value.
        max: u64,
    },
    /// None of a closed set of words.
    #[error("the value is none of the allowed words")]
    UnknownWord,
}
