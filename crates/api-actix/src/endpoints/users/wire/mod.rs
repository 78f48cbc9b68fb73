//! Parses request bodies into commands of the domain, with all errors of all fields. Defines names, JSON types and
//! messages; the domain's types define valid values.

pub(super) mod create;
mod editable;
mod fields;
mod limits;
pub(in crate::endpoints) mod named;
pub(super) mod status;
pub(super) mod update;

pub(crate) use limits::{
    NAME_PART as MAX_NAME_PART_CHARACTERS, SHOWN_ENTRIES as MAX_SHOWN_ENTRIES,
};
