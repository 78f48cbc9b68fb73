//! Ways to reach a person.

use super::names::{check_short_text, short_text};
use super::{InvalidValue, LengthUnit};

/// An e-mail address of at most 254 characters (RFC 5321 section 4.5.3.1.3, less the angle brackets), kept as given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// The longest accepted address, in characters.
    pub const MAX_CHARACTERS: usize = 254;

    /// Accepts `local@domain` with both sides non-empty and no white space. Whether mail arrives is not decided here.
    ///
    /// # Errors
    /// [`InvalidValue::NotAnEmail`] or [`InvalidValue::TooLong`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_CHARACTERS,
                unit: LengthUnit::Characters,
            });
        }
        check_short_text(&text, Self::MAX_CHARACTERS).map_err(|_| InvalidValue::NotAnEmail)?;
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidValue::NotAnEmail)?;
        if local.is_empty() || domain.is_empty() || text.chars().any(char::is_whitespace) {
            return Err(InvalidValue::NotAnEmail);
        }
        Ok(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

short_text!(
    /// A telephone number as given by the client or a verification session.
    Phone,
    32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides() {
        assert!(Email::parse("ada@example.org").is_ok());
        assert!(Email::parse("\"a@b\"@example.org").is_ok());
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a da@example.org",
            "a@b\u{0}",
        ] {
            assert_eq!(Email::parse(text), Err(InvalidValue::NotAnEmail), "{text}");
        }
    }
}
