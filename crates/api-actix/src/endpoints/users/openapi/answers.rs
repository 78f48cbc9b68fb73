//! The schemas of responses other than a single user.

use serde_json::{Value, json};
use users_domain::service::Deletion;

use crate::openapi::schema::{properties, record, reference};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![("UserPage", page()), ("Deletion", deletion())]
}

fn page() -> Value {
    let link = |description: &str| json!({ "type": ["string", "null"], "format": "uri", "description": description });
    record(
        "One page of users.",
        [
            (
                "count",
                json!({
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "The number of matching users on all pages together.",
                }),
            ),
            (
                "count_relation",
                json!({
                    "enum": ["eq", "gte", "approx", null],
                    "description": "Whether `count` is exact, a lower bound or an estimate.",
                }),
            ),
            (
                "next",
                link("The URL of the next page; null on the last page."),
            ),
            (
                "previous",
                link("The URL of the previous page; null on the first page."),
            ),
            (
                "results",
                json!({ "type": "array", "items": reference("UserRow") }),
            ),
        ],
    )
}

fn deletion() -> Value {
    let members = vec![
        ("deleted", json!({ "type": "integer", "minimum": 0 })),
        (
            "held",
            json!({
                "type": "array",
                "minItems": 1,
                "maxItems": Deletion::MOST_HELD_NAMED,
                "items": { "type": "string" },
                "description": "The `vendor_data` of users that were not deleted because they are under legal hold; \
                                present if there are any. With `delete_all`, the first thousand.",
            }),
        ),
        (
            "remaining",
            json!({
                "type": "boolean",
                "description": "Present if the time ran out, or the database became unavailable, after some users were \
                                deleted. A repeated request continues.",
            }),
        ),
    ];
    json!({
        "type": "object",
        "description": "The result of a deletion.",
        "required": ["deleted"],
        "properties": properties(members),
    })
}
