//! Search terms.

use text_normal_form::normalise;

use super::{Email, InvalidValue, LengthUnit, PhoneDigits, VendorData};

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
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_CHARACTERS,
                unit: LengthUnit::Characters,
            });
        }
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

    /// The digits of a term that looks like part of a phone number. They match a phone number whose digits contain them
    /// as a sequence, regardless of formatting.
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
mod tests {
    use super::*;

    fn parts_of(term: &str) -> Vec<String> {
        SearchTerm::parse(term).unwrap().parts().to_vec()
    }

    #[test]
    fn a_term_consists_of_words_and_phrases() {
        for (term, parts) in [
            ("Ada", &["ada"][..]),
            ("Babbage, Charles", &["babbage", "charles"]),
            ("  Ada \u{a0} LOVELACE ", &["lovelace", "ada"]),
            ("\"maria  schmidt\" Anna", &["maria schmidt", "anna"]),
            ("“maria schmidt”", &["maria schmidt"]),
            ("ann joann ann@x", &["joann", "ann@x"]),
            ("5'10\"", &["5'10\""]),
            ("\"half", &["\"half"]),
            ("\"\"", &["\"\""]),
            ("\" \" x", &["\"", "x"]),
            (",", &[","]),
            ("، 、", &["، 、"]),
            ("%_\\", &["%_\\"]),
        ] {
            assert_eq!(parts_of(term), parts, "{term}");
        }
    }

    #[test]
    fn digits_with_phone_punctuation_are_recognised() {
        let digits = |term: &str| {
            let term = SearchTerm::parse(term).unwrap();
            term.digits().map(|digits| digits.as_str().to_owned())
        };
        for term in [
            "442079",
            "+44 20-79",
            "(44) 20.79",
            "44/2079",
            "４４２０‑79",
            "۴۴۲۰۷۹",
        ] {
            assert_eq!(digits(term).as_deref(), Some("442079"), "{term}");
        }
        for term in [
            "442",
            "+44 2",
            "4420a",
            "44207,9",
            "#442079",
            "++--",
            "\"442079\"",
        ] {
            assert_eq!(digits(term), None, "{term}");
        }
    }

    #[test]
    fn a_term_without_visible_characters_is_rejected() {
        for term in ["", " ", "\u{301}", "\u{200b}", "\u{ad}\u{640}", "¨"] {
            assert_eq!(
                SearchTerm::parse(term),
                Err(InvalidValue::Blank),
                "{term:?}"
            );
        }
        let long = "x".repeat(SearchTerm::MAX_CHARACTERS + 1);
        assert!(matches!(
            SearchTerm::parse(&long),
            Err(InvalidValue::TooLong { .. })
        ));
        assert_eq!(
            SearchTerm::parse("a\nb"),
            Err(InvalidValue::ControlCharacter)
        );
    }

    #[test]
    fn a_whole_term_may_be_a_name_or_an_address() {
        let term = SearchTerm::parse(" Ann@example.org").unwrap();
        assert_eq!(term.vendor_data().unwrap().as_str(), " Ann@example.org");
        assert_eq!(term.email().unwrap().as_str(), "Ann@example.org");
        let term = SearchTerm::parse("create").unwrap();
        assert_eq!((term.vendor_data(), term.email()), (None, None));
    }
}
