//! JSON values. The domain has its own type, so that it needs no serialisation library.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Number;

/// The members of a JSON object, sorted by code point.
pub type JsonObject = BTreeMap<String, Json>;

/// A JSON value with unique keys and exact numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(JsonObject),
}

impl Json {
    /// A string, or null for `None`.
    pub fn optional_string(text: Option<impl Display>) -> Self {
        text.map_or(Self::Null, |text| Self::String(text.to_string()))
    }

    /// An array of strings.
    pub fn strings(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Array(texts.into_iter().map(|text| Self::String(text.into())).collect())
    }

    /// An integer; null beyond 2^53, which no counter of this service reaches.
    #[must_use]
    pub fn count(value: u64) -> Self {
        i64::try_from(value)
            .ok()
            .and_then(|value| Number::integer(value).ok())
            .map_or(Self::Null, Self::Number)
    }

    /// An object of these members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Maximum nesting depth of containers; a scalar has depth 0.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => 0,
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.values().map(Self::depth).max().unwrap_or(0),
        }
    }

    /// Whether a key or a string contains NUL, which PostgreSQL cannot store.
    #[must_use]
    pub fn holds_nul(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::String(text) => text.contains('\0'),
            Self::Array(items) => items.iter().any(Self::holds_nul),
            Self::Object(members) => {
                members.iter().any(|(key, value)| key.contains('\0') || value.holds_nul())
            }
        }
    }
}

/// A JSON text that is passed from the store to the response without parsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Wraps a text that must be valid JSON, such as a stored text or the text of a [`Json`].
    #[must_use]
    pub fn from_trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Json> for JsonText {
    fn from(json: &Json) -> Self {
        Self(json.to_string())
    }
}

#[cfg(test)]
mod tests;
