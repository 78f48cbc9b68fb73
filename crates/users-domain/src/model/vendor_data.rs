//! The client's own identifier of a user.

use super::{InvalidValue, LengthUnit};

/// What the application calls the user (docs/API.md): 1 to 2000 bytes of UTF-8 without control characters.
/// Compared byte by byte: no trimming, no folding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VendorData(String);

impl VendorData {
    /// The longest accepted value, in bytes.
    pub const MAX_BYTES: usize = 2000;

    /// Words that stand in the API's own paths, and the two that clients collapse.
    pub const RESERVED: [&'static str; 18] = [
        "create",
        "delete",
        "deleted",
        "restore",
        "bulk",
        "import",
        "imports",
        "export",
        "exports",
        "changes",
        "search",
        "count",
        "by-id",
        "erase",
        "queue",
        "aml-monitoring",
        ".",
        "..",
    ];

    /// Accepts the text exactly as it is.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`] when empty, [`InvalidValue::TooLong`], [`InvalidValue::ControlCharacter`] or
    /// [`InvalidValue::Reserved`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let accepted = Self::from_stored(text)?;
        if Self::RESERVED.contains(&accepted.as_str()) {
            return Err(InvalidValue::Reserved);
        }
        Ok(accepted)
    }

    /// As a store kept it: a word that is reserved by now may be the name of a user from before.
    ///
    /// # Errors
    /// Those of [`Self::parse`] but for [`InvalidValue::Reserved`].
    pub fn from_stored(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_BYTES,
                unit: LengthUnit::Bytes,
            });
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidValue::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_of_1_to_2000_bytes_is_accepted_unchanged() {
        for text in [
            " ",
            "a/b",
            "Ünï",
            "CREATE",
            "e\u{301}",
            "...",
            &"x".repeat(2000),
        ] {
            assert_eq!(VendorData::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_empty_too_long_reserved_or_holds_control_characters_is_refused() {
        assert_eq!(VendorData::parse(""), Err(InvalidValue::Blank));
        assert_eq!(
            VendorData::parse("é".repeat(1001)),
            Err(InvalidValue::TooLong {
                max: 2000,
                unit: LengthUnit::Bytes
            })
        );
        for control in ["a\0", "\n", "a\u{85}"] {
            assert_eq!(
                VendorData::parse(control),
                Err(InvalidValue::ControlCharacter)
            );
        }
    }

    #[test]
    fn the_words_of_the_paths_are_reserved_and_read_from_a_store() {
        let words = "create delete deleted restore bulk import imports export exports changes search count by-id erase \
                     queue aml-monitoring . ..";
        assert!(words.split_whitespace().eq(VendorData::RESERVED));
        for word in VendorData::RESERVED {
            assert_eq!(VendorData::parse(word), Err(InvalidValue::Reserved));
            assert_eq!(VendorData::from_stored(word).unwrap().as_str(), word);
        }
    }
}
