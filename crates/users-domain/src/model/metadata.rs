//! Metadata: additional data that an application stores with a user.

use std::fmt;

use super::json_text::{Canonical, write_object};
use super::{InvalidValue, Json, JsonObject, JsonText, LengthUnit};

/// A JSON object with a canonical text of at most 64 KiB and at most 16 nesting levels (docs/API.md).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(JsonObject);

impl Metadata {
    /// Maximum size of the canonical text, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Maximum nesting depth, including the object itself.
    pub const MAX_DEPTH: usize = 16;

    /// # Errors
    /// [`InvalidValue::TooDeep`], [`InvalidValue::ControlCharacter`] for NUL, or [`InvalidValue::TooLong`].
    pub fn new(object: JsonObject) -> Result<Self, InvalidValue> {
        let json = Json::Object(object);
        if json.depth() > Self::MAX_DEPTH {
            return Err(InvalidValue::TooDeep { max: Self::MAX_DEPTH });
        }
        if json.holds_nul() {
            return Err(InvalidValue::ControlCharacter);
        }
        if json.to_string().len() > Self::MAX_BYTES {
            return Err(InvalidValue::TooLong { max: Self::MAX_BYTES, unit: LengthUnit::Bytes });
        }
        match json {
            Json::Object(object) => Ok(Self(object)),
            _ => Err(InvalidValue::Malformed),
        }
    }

    /// The members.
    #[must_use]
    pub fn object(&self) -> &JsonObject {
        &self.0
    }

    /// The metadata as a JSON value.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::Object(self.0.clone())
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> JsonText {
        JsonText::from_trusted(self.to_string())
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_object::<Canonical>(f, &self.0)
    }
}

#[cfg(test)]
mod tests;
