//! Parameters of operations on destinations, with the limits of their readers.

use serde_json::json;
use users_domain::model::PageSize;
use users_domain::model::webhooks::AttemptOutcome;
use utoipa::openapi::path::Parameter;

use crate::openapi::parameters::{page, query, repeatable};
use crate::openapi::schema::schema;
use crate::openapi::text;
use crate::request::parameters::MAX_OFFSET;
use crate::webhooks::MAX_CURSOR_CHARACTERS;

/// Everything that a list of deliveries reads.
pub(super) fn deliveries() -> Vec<Parameter> {
    let size = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": PageSize::MAX,
        "default": PageSize::DEFAULT.rows(),
    });
    let moment = "an RFC 3339 date-time, or a date at its start in UTC.";
    vec![
        query(
            "limit",
            "How many deliveries a page has.",
            schema(size.clone()),
        ),
        query("page_size", "The same as `limit`.", schema(size)),
        query(
            "offset",
            "How many deliveries to skip. Prefer the cursor in `next`.",
            schema(json!({ "type": "integer", "minimum": 0, "maximum": MAX_OFFSET })),
        ),
        page(),
        query(
            "cursor",
            "From `next` of another page. It suffices alone; filters beside it must be those of that page. Not together \
             with `offset`.",
            schema(json!({
                "type": "string",
                "maxLength": MAX_CURSOR_CHARACTERS,
                "pattern": "^[A-Za-z0-9_-]*$",
            })),
        ),
        query(
            "date_from",
            &format!("The first moment inside: {moment}"),
            schema(text::given_time()),
        ),
        query(
            "date_to",
            &format!("The first moment outside, or a date whose day is inside: {moment}"),
            schema(text::given_time()),
        ),
        repeatable(
            "outcome",
            "Any of these, also separated by commas.",
            json!({
                "type": "array",
                "items": {
                    "type": "string",
                    "enum": AttemptOutcome::ALL.map(AttemptOutcome::as_str),
                },
            }),
        ),
    ]
}
