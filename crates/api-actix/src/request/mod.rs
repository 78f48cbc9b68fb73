//! Reading requests: bodies, paths and conditions. Owns what is malformed; must never decide what a field means.

mod body;
mod conditions;
mod ignored;
mod json;
mod path;
mod query;

pub(crate) use body::{BodyRules, JSON, MERGE_PATCH_JSON, ReadBody, read_body};
pub(crate) use conditions::{etag, if_match, is_unchanged};
pub(crate) use ignored::Ignored;
pub(crate) use json::{Member, Members, type_name};
pub(crate) use path::{ENCODED, path_of, vendor_data};
pub(crate) use query::query;
