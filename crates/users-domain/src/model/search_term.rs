//! Search terms.

use text_normal_form::normalise;

use super::names::check_length;
use super::{Email, InvalidValue, PhoneDigits, VendorData};

/// A search term whose normalised form is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerm {
    given: String,
    parts: Vec<String>,
    digits: Option<PhoneDigits>,
}

impl SearchTerm {
    /// Maximum length of a term as given, in characters.
    pub const MAX_CHARACTERS: usize = 200;

    /// Minimum number of digits for a search in phone numbers.
    const MIN_DIGITS: usize = 4;

    /// Normalises a term with [`normalise`] and splits it into parts.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`]; [`InvalidValue::ControlCharacter`]; [`InvalidValue::Blank`] if the normalised term is
    /// empty.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        check_length(text, Self::MAX_CHARACTERS)?;
        if text.chars().any(char::is_control) {
            return Err(InvalidValue::ControlCharacter);
        }
        let normalised = normalise(text);
        if normalised.is_empty() {
            return Err(InvalidValue::Blank);
        }
        let is_phone_character = |c: char| {
            PhoneDigits::of(c.encode_utf8(&mut [0; 4])).is_some() || "+-()./ ".contains(c)
        };
        let digits = PhoneDigits::of(&normalised);
        let digits = digits.filter(|_| normalised.chars().all(is_phone_character));
        Ok(Self {
            given: text.to_owned(),
            parts: parts(&normalised),
            digits: digits.filter(|digits| digits.as_str().len() >= Self::MIN_DIGITS),
        })
    }

    /// The words and the phrases in double quotes, normalised; at least one. All of them must be found, in any order.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// The digits of a term that looks like part of a phone number; they match phone numbers that contain them.
    #[must_use]
    pub fn digits(&self) -> Option<&PhoneDigits> {
        self.digits.as_ref()
    }

    /// The term as it was given, which [`SearchTerm::parse`] accepts again.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The whole term as `vendor_data`, if it is valid as such.
    #[must_use]
    pub fn vendor_data(&self) -> Option<VendorData> {
        VendorData::parse(self.given.as_str()).ok()
    }

    /// The whole term as an e-mail address, if it is valid as such.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        Email::parse(self.given.trim()).ok()
    }
}

/// The parts of a normalised term, none of which contains another. A term of separators only is one part.
fn parts(term: &str) -> Vec<String> {
    let mut all: Vec<&str> = Vec::new();
    let mut rest = term.trim_start_matches(SEPARATORS);
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let (part, behind) = match quoted.map(|(phrase, behind)| (phrase.trim(), behind)) {
            Some(quoted) if !quoted.0.is_empty() => quoted,
            _ => rest.split_once(SEPARATORS).unwrap_or((rest, "")),
        };
        all.push(part);
        rest = behind.trim_start_matches(SEPARATORS);
    }
    if all.is_empty() {
        all.push(term);
    }
    // Longest first: a text that contains a part also contains every substring of the part.
    all.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let mut parts: Vec<String> = Vec::new();
    for part in all {
        if !parts.iter().any(|longer| longer.contains(part)) {
            parts.push(part.to_owned());
        }
    }
    parts
}

/// Word separators: the space, and the comma after a family name.
const SEPARATORS: [char; 4] = [' ', ',', '،', '、'];

#[cfg(test)]
mod tests;
