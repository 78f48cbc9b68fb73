//! Parses request bodies into commands of the domain, with all errors of all fields. Defines names, JSON types and
//! messages; the domain's types define valid values.

pub(super) mod create;
mod editable;
pub(in crate::endpoints) mod named;
pub(super) mod update;
