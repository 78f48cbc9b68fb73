//! Reports: from JSON to values of the domain. Owns names, types and texts; what a value may be, its domain type says.
//!
//! Only the members that say who, which and what can make a report an error. Of the others it takes what can be used, and
//! names the rest.

mod identity;
mod left_out;
pub(crate) mod limits;
mod revisions;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod transaction;

pub(super) use left_out::Read;
