//! Lists of reports. Of a list over its limit no entry is looked at.

use super::limits;
use crate::error::{FieldErrors, messages};
use crate::request::Sent;
use crate::request::fields::Entries;

/// The entries of a list that may be left out; none, with an error noted, where it is too long.
pub(super) fn within_limit(sent: Sent<Entries>, name: &str, errors: &mut FieldErrors) -> Entries {
    let entries = sent.value().unwrap_or_default();
    if entries.len() > limits::ENTRIES {
        errors.add(name, messages::too_many(limits::ENTRIES));
        return Entries::new();
    }
    entries
}
