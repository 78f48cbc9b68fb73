//! Builders of OpenAPI descriptions: schemas, parameters, responses and operations. Each endpoint describes itself with
//! them.
//!
//! Descriptions are composed from the limits and words of the domain. Schemas are not derived from types, because
//! bodies are read member by member and no type has the shape of a body.

pub(crate) mod operations;
pub(crate) mod parameters;
pub(crate) mod rate_limits;
pub(crate) mod responses;
pub(crate) mod schema;
pub(crate) mod text;
