//! What a search looks at, in the form it is compared in.

use std::collections::BTreeSet;

use crate::model::UserRecord;

pub use crate::model::{NORMALISATION_VERSION, normalise};

/// What separates fields in a body. No field and no term holds it, so no match spans two fields.
pub const FIELD_SEPARATOR: char = '\n';

/// The searched fields of a user, normalised, one a line.
#[must_use]
pub fn body(user: &UserRecord) -> String {
    let mut lines = vec![normalise(user.vendor_data.as_str())];
    lines.extend(
        user.display_name
            .as_ref()
            .map(|name| normalise(name.as_str())),
    );
    lines.extend(
        user.profile
            .full_name()
            .map(|(name, _)| normalise(name.as_str())),
    );
    lines.extend(
        user.profile
            .emails()
            .into_iter()
            .map(|email| normalise(email.as_str())),
    );
    lines.extend(
        user.profile
            .phones()
            .into_iter()
            .map(|phone| normalise(phone.as_str())),
    );
    lines.join(&FIELD_SEPARATOR.to_string())
}

/// The distinct runs of one and of two characters in a body: what terms too short for trigrams are looked up in.
#[must_use]
pub fn short_grams(body: &str) -> BTreeSet<String> {
    let mut grams = BTreeSet::new();
    for line in body.split(FIELD_SEPARATOR) {
        let characters: Vec<char> = line.chars().collect();
        grams.extend(characters.iter().map(char::to_string));
        grams.extend(characters.windows(2).map(String::from_iter));
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_compatibility_forms_do_not_matter() {
        for (text, normalised) in [
            ("JOSÉ Müller", "jose muller"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("ﬁn", "fin"),
            ("Ё", "е"),
            ("日本", "日本"),
            ("e\u{301}", "e"),
            ("\u{301}", ""),
            ("100%_\\", "100%_\\"),
        ] {
            assert_eq!(normalise(text), normalised, "{text}");
        }
    }

    #[test]
    fn short_grams_do_not_span_fields() {
        let grams = short_grams("ab\nc");
        assert_eq!(grams.into_iter().collect::<Vec<_>>(), ["a", "ab", "b", "c"]);
    }
}
