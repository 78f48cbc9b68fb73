//! What identifiers, times, dates and stored JSON look like in bodies.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use users_domain::model::JsonText;

use crate::error::ApiError;

/// A value by its one text.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A stored JSON text as it is. Fails where the store holds what is no JSON: a defect.
pub(crate) fn raw(text: &JsonText) -> Result<&RawValue, ApiError> {
    serde_json::from_str(text.as_str()).map_err(|_| ApiError::Internal {
        reason: "a stored JSON text is not JSON".to_owned(),
    })
}
