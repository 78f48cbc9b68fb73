//! What identifiers, times and dates look like in bodies.

use std::fmt;

use serde::{Serialize, Serializer};

/// A value by its one text.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
