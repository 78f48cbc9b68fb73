//! The audit trail in the OpenAPI document.

mod examples;
mod operations;
mod shown;

pub(in crate::endpoints) use operations::paths;
pub(in crate::endpoints) use shown::schemas;
