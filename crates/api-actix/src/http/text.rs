//! The JSON forms of identifiers, times, dates and stored JSON in response bodies.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use users_domain::model::JsonText;

use crate::http::error::ApiError;

/// Serializes a value as its `Display` text.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Returns a stored JSON text unchanged. Fails if the stored text is not JSON, which is a defect.
pub(crate) fn raw(text: &JsonText) -> Result<&RawValue, ApiError> {
    serde_json::from_str(text.as_str()).map_err(|_| ApiError::Internal {
        reason: "a stored JSON text is not JSON".to_owned(),
    })
}
