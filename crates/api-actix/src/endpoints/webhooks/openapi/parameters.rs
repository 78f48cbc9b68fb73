//! Parameters of the operations on destinations, with the limits of their readers.

use serde_json::json;
use users_domain::model::webhooks::AttemptOutcome;
use utoipa::openapi::path::Parameter;

use crate::endpoints::webhooks::wire::deliveries::MAX_CURSOR_CHARACTERS;
use crate::http::request::parameters::MAX_OFFSET;
use crate::openapi::parameters::{page, page_sizes, query, repeatable};
use crate::openapi::schema::schema;
use crate::openapi::text;

/// The parameters of the list of deliveries.
pub(super) fn deliveries() -> Vec<Parameter> {
    let moment = "an RFC 3339 date-time, or a date, which means its start in UTC.";
    let end = "an RFC 3339 date-time, or a date, whose day is included.";
    let [limit, page_size] = page_sizes("deliveries");
    vec![
        limit,
        page_size,
        query(
            "offset",
            "The number of deliveries to skip. Prefer the cursor in `next`.",
            schema(json!({ "type": "integer", "minimum": 0, "maximum": MAX_OFFSET })),
        ),
        page(),
        query(
            "cursor",
            "The cursor from `next` of another page. No other parameter is needed; filters that are sent must equal \
             those of that page. It cannot be combined with `offset`.",
            schema(json!({
                "type": "string",
                "maxLength": MAX_CURSOR_CHARACTERS,
                "pattern": "^[A-Za-z0-9_-]*$",
            })),
        ),
        query(
            "date_from",
            &format!("The inclusive start of the range: {moment}"),
            schema(text::given_time()),
        ),
        query(
            "date_to",
            &format!("The exclusive end of the range: {end}"),
            schema(text::given_time()),
        ),
        repeatable(
            "outcome",
            "Deliveries with any of these outcomes, which may also be separated by commas.",
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
