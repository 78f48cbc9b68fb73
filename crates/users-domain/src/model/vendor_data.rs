//! The client's identifier of a user.

use super::names::text;
use super::{InvalidValue, LengthUnit};

text!(
    /// The client's identifier of a user (docs/API.md): 1 to 2000 bytes without control characters, used as given.
    VendorData
);

impl VendorData {
    /// Maximum length, in bytes.
    pub const MAX_BYTES: usize = 2000;

    /// Words used in paths of the API, and `.` and `..`, which clients remove from paths.
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

    /// Accepts the text unchanged.
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

    /// Accepts a stored value. It may be a reserved word, if the user was created before the word was reserved.
    ///
    /// # Errors
    /// Those of [`Self::parse`] except [`InvalidValue::Reserved`].
    pub fn from_stored(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidValue::TooLong { max: Self::MAX_BYTES, unit: LengthUnit::Bytes });
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidValue::ControlCharacter);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests;
