//! JSON of the store as the domain's tree.

use users_domain::model::{Json, Metadata};

use super::invalid;
use crate::failure::Failure;

/// Reads the text of a metadata object. The column is json, which keeps its text, so numbers come back as they were
/// written.
pub(super) fn metadata(text: &str) -> Result<Metadata, Failure> {
    match json("metadata", text)? {
        Json::Object(object) => Metadata::new(object).map_err(invalid("metadata")),
        _ => Err(Failure::defect("the stored metadata has another form")),
    }
}

pub(crate) fn json(column: &'static str, text: &str) -> Result<Json, Failure> {
    Json::read(text, usize::MAX).map_err(invalid(column))
}
