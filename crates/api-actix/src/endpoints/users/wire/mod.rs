//! Parses request bodies into commands of the domain, with all errors of all fields. Defines names, JSON types and
//! messages; the domain's types define valid values.

pub(super) mod create;
pub(super) mod delete;
mod editable;
mod fields;
pub(super) mod legal_hold;
mod limits;
pub(in crate::endpoints) mod named;
pub(super) mod update;
pub(super) mod update_status;

pub(crate) use limits::{
    NAME_PART as MAX_NAME_PART_CHARACTERS, SHOWN_ENTRIES as MAX_SHOWN_ENTRIES,
};
