//! Parameters that operations share, with the limits of their readers.

use serde_json::{Value, json};
use users_domain::model::{IdempotencyKey, PageSize, VendorData};

use super::schema::with;
use super::text;
use crate::http::request::parameters::MAX_OFFSET;

/// A parameter of the path.
pub(crate) fn path(name: &str, description: &str, schema: Value) -> Value {
    let parameter =
        json!({ "name": name, "in": "path", "required": true, "description": description });
    with(parameter, [("schema", schema)])
}

/// The user that a path names.
pub(crate) fn vendor_data() -> Value {
    json!({
        "type": "string",
        "minLength": 1,
        "maxLength": VendorData::MAX_BYTES,
        "pattern": text::NO_NUL,
        "not": { "enum": VendorData::RESERVED },
    })
}

fn header(name: &str, description: &str, schema: Value) -> Value {
    let parameter = json!({ "name": name, "in": "header", "description": description });
    with(parameter, [("schema", schema)])
}

pub(crate) fn if_match() -> Value {
    header(
        "If-Match",
        "Strong entity tags of the versions that may be changed, or `*`. Another current version returns 412, a \
         malformed header 400.",
        json!({ "type": "string", "pattern": r#"^(\*|"[!#-~]*"(, "[!#-~]*")*)$"# }),
    )
}

/// A schema cannot express that a key is unused.
pub(super) fn idempotency_key() -> Value {
    header(
        "Idempotency-Key",
        "Makes the request safe to repeat. For 24 hours, the same request with the same key returns the first response \
         again and changes nothing. Use a new random key for each request.",
        json!({
            "type": "string",
            "minLength": 1,
            "maxLength": IdempotencyKey::MAX_CHARACTERS,
            "pattern": "^[!-~]+$",
        }),
    )
}

pub(crate) fn if_none_match() -> Value {
    header(
        "If-None-Match",
        "Entity tags of the versions that the client has. If the current version is among them, the response is 304.",
        json!({ "type": "string" }),
    )
}

/// `limit` and its alias. Their schemas have no `default`: generated clients send defaults, and then the alias would differ
/// from `limit`.
pub(crate) fn page_sizes(of: &str) -> [Value; 2] {
    let size = json!({ "type": "integer", "minimum": 1, "maximum": PageSize::MAX });
    let default = PageSize::DEFAULT.rows();
    let limit = format!("The maximum number of {of} on a page; {default} if it is not sent.");
    [query("limit", &limit, size.clone()), query("page_size", "An alias of `limit`.", size)]
}

/// The parameters of a list whose pages can be reached by number. The last page depends on the page size.
pub(crate) fn offsets(of: &str, prefer: &str) -> [Value; 2] {
    let last = MAX_OFFSET / u32::from(PageSize::MAX) + 1;
    [
        query(
            "offset",
            &format!("The number of {of} to skip. Prefer the {prefer}."),
            json!({ "type": "integer", "minimum": 0, "maximum": MAX_OFFSET }),
        ),
        query(
            "page",
            &format!(
                "The number of the page, from 1, in pages of `page_size` {of}; an alternative to `offset`. \
                 Smaller pages than the largest have higher numbers too, up to the largest `offset`."
            ),
            json!({ "type": "integer", "minimum": 1, "maximum": last }),
        ),
    ]
}

/// A schema cannot express which cursors the service created. Only the empty cursor, which means none, is certain to be
/// accepted.
pub(crate) fn cursor(description: &str, max_characters: usize) -> Value {
    query(
        "cursor",
        description,
        json!({ "type": "string", "maxLength": max_characters, "pattern": "^[A-Za-z0-9_-]*$" }),
    )
}

/// The inclusive start of a range of times.
pub(crate) fn start(name: &str) -> Value {
    query(
        name,
        "The inclusive start of the range: an RFC 3339 date-time, or a date, which means its start in UTC.",
        text::given_time(),
    )
}

/// The exclusive end of a range of times.
pub(crate) fn end(name: &str) -> Value {
    query(
        name,
        "The exclusive end of the range: an RFC 3339 date-time, or a date, which means its start in UTC.",
        text::given_time(),
    )
}

/// A parameter that has no effect when it is empty.
pub(crate) fn query(name: &str, description: &str, schema: Value) -> Value {
    let parameter = json!({ "name": name, "in": "query", "description": description });
    with(parameter, [("schema", schema), ("allowEmptyValue", json!(true))])
}

pub(crate) fn repeatable(name: &str, description: &str, schema: Value) -> Value {
    let parameter = json!({
        "name": name,
        "in": "query",
        "style": "form",
        "explode": true,
        "description": description,
    });
    with(parameter, [("schema", schema)])
}
