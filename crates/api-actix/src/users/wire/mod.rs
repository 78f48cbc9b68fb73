//! Bodies of requests: from JSON to commands of the domain, with every error of every field. Owns names, types and
//! texts; what a value may be, its domain type says.

pub(super) mod create;
pub(super) mod delete;
mod editable;
mod fields;
pub(super) mod legal_hold;
mod limits;
mod named;
pub(super) mod restore;
pub(super) mod update;
pub(super) mod update_status;

pub(crate) use limits::{
    NAME_PART as MAX_NAME_PART_CHARACTERS, SHOWN_ENTRIES as MAX_SHOWN_ENTRIES,
};
