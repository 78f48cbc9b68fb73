//! Parses reports into values of the domain. Defines names, JSON types and messages; the domain's types define valid
//! values.
//!
//! Only the required members, which identify a report and its content, can cause an error. Unusable optional members
//! are left out and named.

mod identity;
mod left_out;
pub(crate) mod limits;
mod revisions;
pub(super) mod risk;
pub(super) mod session;
pub(super) mod transaction;

pub(super) use left_out::Read;
