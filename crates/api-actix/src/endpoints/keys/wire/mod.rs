//! Parses request bodies about keys into values of the domain, with all errors of all fields. Defines names, JSON types
//! and messages; the domain's types define valid values.

pub(super) mod create;
mod key;
pub(super) mod rotate;
pub(super) mod update;

pub(super) use key::{Bounds, EDITABLE};
