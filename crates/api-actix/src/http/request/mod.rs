//! Reads requests: bodies, paths, parameters and conditions. Rejects malformed input; the meaning of fields is defined
//! elsewhere.

mod body;
mod conditions;
pub(crate) mod fields;
mod idempotency_key;
mod ignored;
mod json;
pub(crate) mod parameters;
mod path;
mod preference;
mod shown;

pub(crate) use body::{
    BodyDeadline, BodyRoom, JSON, MERGE_PATCH_JSON, ReadBody, Readers, on_reader_thread, read_body,
    read_items, read_optional_body,
};
pub(crate) use conditions::{etag, has_tag, if_match, is_unchanged};
pub(crate) use idempotency_key::claim;
pub(crate) use ignored::{Ignored, KeyIgnored, Strict};
pub(crate) use json::{Item, Members};
pub(crate) use path::{ENCODED, path_of, segment, vendor_data};
pub(crate) use preference::prefers_strict;
pub(crate) use shown::Shown;
