//! Reading the audit trail, in the document.

mod examples;
mod operations;
mod shown;

pub(super) use operations::paths;
pub(super) use shown::schemas;
