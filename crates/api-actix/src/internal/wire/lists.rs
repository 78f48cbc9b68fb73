//! Lists of reports. Of a list over its limit the entries behind it are not looked at.

use super::limits;
use crate::error::{FieldErrors, messages};
use crate::request::Sent;
use crate::request::fields::Entries;

/// The entries of a list that may be left out; with an error noted, the first of them where there are too many.
pub(super) fn within_limit(sent: Sent<Entries>, name: &str, errors: &mut FieldErrors) -> Entries {
    let mut entries = sent.value().unwrap_or_default();
    if entries.len() > limits::ENTRIES {
        errors.add(name, messages::too_many(limits::ENTRIES));
        entries.truncate(limits::ENTRIES);
    }
    entries
}
