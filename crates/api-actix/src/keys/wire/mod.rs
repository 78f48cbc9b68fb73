//! Bodies of requests about keys: from JSON to values of the domain, with every error of every field. Owns names, types and
//! texts; what a value may be, its domain type says.

pub(super) mod create;
mod key;
pub(super) mod rotate;
pub(super) mod update;

pub(super) use key::{Bounds, EDITABLE};
