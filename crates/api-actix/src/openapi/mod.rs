//! Builders of the OpenAPI document: operations, parameters, responses and schemas. Each endpoint describes itself with
//! them.
//!
//! The schemas of responses are derived from the structs that are serialised. The schemas of requests are composed from
//! the limits and words of the domain.

pub(crate) mod headers;
pub(crate) mod operation;
pub(crate) mod parameters;
pub(crate) mod responses;
pub(crate) mod schema;
pub(crate) mod text;
mod values;
