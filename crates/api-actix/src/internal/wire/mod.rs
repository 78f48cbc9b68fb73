//! Reports: from JSON to values of the domain, with every error of every field. Owns names, types and texts; what a value
//! may be, its domain type says.

mod identity;
pub(crate) mod limits;
mod lists;
mod revisions;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod transaction;
