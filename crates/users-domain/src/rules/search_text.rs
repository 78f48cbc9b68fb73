//! The searchable text of a user, in normalised form.

use std::collections::BTreeSet;

use crate::model::{DisplayName, Email, PhoneDigits, SearchTerm, UserRecord};

pub use crate::model::{NORMALISATION_VERSION, normalise};

/// Separates the fields of a body. No field and no term contains it, so no match spans two fields.
pub const FIELD_SEPARATOR: char = '\n';

/// The searched fields of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    body: String,
    whole: BTreeSet<String>,
}

impl SearchText {
    /// The searchable text of a user.
    #[must_use]
    pub fn of(user: &UserRecord) -> Self {
        let (emails, phones) = (user.profile.emails(), user.profile.phones());
        let name = user.display_name.as_ref().map(DisplayName::as_str);
        let full_name = user.profile.full_name().map(|(name, _)| name.as_str());
        let texts = [user.vendor_data.as_str()].into_iter();
        let texts = texts.chain(name).chain(full_name);
        let texts = texts.chain(emails.iter().map(|email| email.as_str()));
        let texts = texts.chain(phones.iter().map(|phone| phone.as_str()));
        let digits = phones.iter().filter_map(|phone| PhoneDigits::of(phone.as_str()));
        let digits: Vec<String> = digits.map(|digits| digits_text(&digits)).collect();
        let lines: Vec<String> = texts.map(normalise).chain(digits.iter().cloned()).collect();
        Self {
            body: lines.join(&FIELD_SEPARATOR.to_string()),
            whole: emails.iter().map(|email| email.caseless()).chain(digits).collect(),
        }
    }

    /// The normalised fields, one per line, followed by the digits of each phone as [`digits_text`].
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The entries for exact lookup: the distinct substrings of one and two characters of the fields, for terms too
    /// short for trigrams; complete addresses, ignoring case; the digits of complete phone numbers as [`digits_text`].
    #[must_use]
    pub fn grams(&self) -> BTreeSet<String> {
        let mut grams = self.whole.clone();
        for line in self.body.split(FIELD_SEPARATOR) {
            if line.starts_with(|c: char| c.is_ascii_uppercase()) {
                continue;
            }
            let characters: Vec<char> = line.chars().collect();
            grams.extend(characters.iter().map(char::to_string));
            grams.extend(characters.windows(2).map(String::from_iter));
        }
        grams
    }

    /// Whether the fields contain all parts of a term, or a phone contains its digits.
    #[must_use]
    pub fn holds(&self, term: &SearchTerm) -> bool {
        let has_digits = |digits| self.body.contains(&digits_text(digits));
        term.parts().iter().all(|part| self.body.contains(part))
            || term.digits().is_some_and(has_digits)
    }

    /// Whether the user has this e-mail address, ignoring case.
    pub(crate) fn has_email(&self, email: &Email) -> bool {
        self.whole.contains(&email.caseless())
    }

    /// Whether a phone of the user has exactly these digits.
    pub(crate) fn has_phone(&self, digits: &PhoneDigits) -> bool {
        self.whole.contains(&digits_text(digits))
    }
}

/// The digits of a phone as they appear in a body: `A` for 0 to `J` for 9. Normalised text has no ASCII capital
/// letters, so these occur in phones only; and unlike other such characters, every database builds trigrams of them.
#[must_use]
pub fn digits_text(digits: &PhoneDigits) -> String {
    let letter = |digit: u8| char::from(digit - b'0' + b'A');
    digits.as_str().bytes().map(letter).collect()
}

#[cfg(test)]
mod tests;
