//! Validated short texts, such as names and labels.

use text_normal_form::{is_hidden, is_invisible};

use super::{InvalidValue, LengthUnit};

/// Whether a character ends the line in which a name is shown or changes its text direction.
const fn affects_surrounding_text(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub(super) fn check_length(text: &str, max: usize) -> Result<(), InvalidValue> {
    if text.chars().count() > max {
        return Err(InvalidValue::TooLong { max, unit: LengthUnit::Characters });
    }
    Ok(())
}

/// Accepts 1 to `max` visible ASCII characters.
pub(super) fn visible_ascii(text: &str, max: usize) -> Result<String, InvalidValue> {
    if text.is_empty() {
        return Err(InvalidValue::Blank);
    }
    if text.len() > max {
        return Err(InvalidValue::TooLong { max, unit: LengthUnit::Characters });
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidValue::Malformed);
    }
    Ok(text.to_owned())
}

/// Checks the rules of all short texts: at least one visible character, limited length, no control characters.
pub(super) fn check_short_text(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    if text.chars().all(is_invisible) {
        return Err(InvalidValue::Blank);
    }
    check_length(text, max_characters)?;
    if text.chars().any(char::is_control) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// Checks a short text that must not affect the text around it.
pub(super) fn check_name(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    check_short_text(text, max_characters)?;
    if text.chars().any(affects_surrounding_text) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// Checks a freely chosen name. Hidden characters are rejected too, because they would make different names look alike.
pub(super) fn check_label(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    check_name(text, max_characters)?;
    if text.chars().any(is_hidden) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// A validated text.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(super) use text;

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::model::names::short_text!($(#[$doc])* $name, $max, check_short_text);
    };
    ($(#[$doc:meta])* $name:ident, $max:literal, $check:ident) => {
        $crate::model::names::text!($(#[$doc])* $name);

        impl $name {
            /// Maximum length, in characters.
            pub const MAX_CHARACTERS: usize = $max;

            /// Accepts the text exactly as it is.
            ///
            /// # Errors
            /// [`Blank`](crate::model::InvalidValue::Blank), [`TooLong`](crate::model::InvalidValue::TooLong) or
            /// [`ControlCharacter`](crate::model::InvalidValue::ControlCharacter).
            pub fn parse(text: impl Into<String>) -> Result<Self, $crate::model::InvalidValue> {
                let text = text.into();
                $crate::model::names::$check(&text, Self::MAX_CHARACTERS)?;
                Ok(Self(text))
            }

            /// Wraps a stored text without validation: the rules may have been less strict when it was stored.
            #[must_use]
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }
        }
    };
}
pub(super) use short_text;

short_text!(
    /// The name an application shows for a user.
    DisplayName,
    255,
    check_name
);
short_text!(
    /// The full name of a person, declared by the client or read from a document.
    FullName,
    512,
    check_name
);

text!(
    /// The reason for a change of a user. May span several lines.
    Reason
);

impl Reason {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 1000;

    /// Accepts the text exactly as it is.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`], or [`InvalidValue::ControlCharacter`] for NUL.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        check_length(&text, Self::MAX_CHARACTERS)?;
        if text.contains('\0') {
            return Err(InvalidValue::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// Accepts the text of a required reason; rejects white space only.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], and those of [`Self::parse`].
    pub fn parse_required(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(InvalidValue::Blank);
        }
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
