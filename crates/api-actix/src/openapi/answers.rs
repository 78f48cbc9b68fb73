//! Answers that are not one user.

use serde_json::{Value, json};
use users_domain::service::Deletion;

use super::schema::{properties, record, reference};

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let ok = json!({ "type": "string", "enum": ["ok"] });
    vec![
        ("UserPage", page()),
        ("Deletion", deletion()),
        ("Health", record("All is well.", [("status", ok)])),
    ]
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
                    "description": "How many users match, on all pages together.",
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
                link("The page behind this one; null where nothing follows."),
            ),
            (
                "previous",
                link("The page in front of this one; null where nothing precedes."),
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
                "description": "There where somebody was not deleted, being under legal hold: by `vendor_data`. Of all \
                                users the first thousand.",
            }),
        ),
        (
            "remaining",
            json!({
                "type": "boolean",
                "description": "Present when the time ran out, or the database was away, after some users were deleted. A repeat continues.",
            }),
        ),
    ];
    json!({
        "type": "object",
        "description": "What was deleted.",
        "required": ["deleted"],
        "properties": properties(members),
    })
}
