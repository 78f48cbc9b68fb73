//! The audit trail in the OpenAPI document.

mod examples;
mod operations;
mod shown;

pub(super) use operations::paths;
pub(super) use shown::schemas;
