//! E-mail addresses and telephone numbers.

use text_normal_form::caseless;

use super::InvalidValue;
use super::names::{check_length, check_short_text, short_text, text};

text!(
    /// An e-mail address of at most 254 characters (RFC 5321 section 4.5.3.1.3), stored as given.
    Email
);

impl Email {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 254;

    /// Accepts one `local@domain`. Characters that separate or bracket addresses are allowed in a quoted local part
    /// only; the domain may be an IP address in square brackets. Does not check whether the address receives mail.
    ///
    /// # Errors
    /// [`InvalidValue::NotAnEmail`] or [`InvalidValue::TooLong`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        check_length(&text, Self::MAX_CHARACTERS)?;
        check_short_text(&text, Self::MAX_CHARACTERS).map_err(|_| InvalidValue::NotAnEmail)?;
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidValue::NotAnEmail)?;
        let local = within(local, ['"', '"']).unwrap_or(local);
        let is_quoted = local.len() < text.len() - domain.len() - 1;
        let domain = within(domain, ['[', ']']).unwrap_or(domain);
        let is_plain = |part: &str| !part.contains(SPECIALS);
        let is_one = !local.is_empty()
            && !domain.is_empty()
            && is_plain(domain)
            && (is_quoted || is_plain(local))
            && !text.chars().any(char::is_whitespace);
        if is_one { Ok(Self(text)) } else { Err(InvalidValue::NotAnEmail) }
    }

    /// Wraps a stored value without validation.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Whether both are the same address, ignoring case as mail systems do.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.caseless() == other.caseless()
    }

    /// The case-folded address, for comparisons.
    #[must_use]
    pub fn caseless(&self) -> String {
        caseless(&self.0)
    }
}

text!(
    /// The digits of a telephone number, for comparisons that ignore its formatting.
    PhoneDigits
);

impl PhoneDigits {
    /// Extracts the decimal digits of a text, including Arabic, Persian and full-width digits; `None` if it has none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let digit = |c: char| match c {
            '\u{660}'..='\u{669}' => char::from_digit(u32::from(c) - 0x660, 10),
            '\u{6f0}'..='\u{6f9}' => char::from_digit(u32::from(c) - 0x6f0, 10),
            '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
            _ => Some(c).filter(char::is_ascii_digit),
        };
        let digits: String = text.chars().filter_map(digit).collect();
        (!digits.is_empty()).then_some(Self(digits))
    }
}

/// Characters with a meaning in address lists (RFC 5322 section 3.2.3).
const SPECIALS: [char; 11] = ['(', ')', '<', '>', '[', ']', ':', ';', '@', ',', '"'];

fn within(text: &str, [open, close]: [char; 2]) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

short_text!(
    /// A telephone number as given by the client or a verification session.
    Phone,
    32
);

#[cfg(test)]
mod tests;
