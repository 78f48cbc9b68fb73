//! Consistent examples of request and response bodies.

use serde_json::{Value, json};

use crate::openapi::schema::{example_page, with};

const ID: &str = "019bf2a0-4c00-7aaa-8bbb-0123456789ab";
const TAG: &str = "4a1fb867-0b54-8e21-9c5f-23a1d0c4e7f6";
const CREATED_AT: &str = "2026-01-25T09:30:00.000000Z";

pub(super) fn create() -> Value {
    json!({
        "vendor_data": "customer-42",
        "display_name": "Ada",
        "full_name": "Ada Lovelace",
        "date_of_birth": "1990-12-10",
        "approved_emails": ["ada@example.org"],
        "issuing_states": ["GBR"],
        "tags": ["vip"],
        "metadata": { "plan": "premium" },
    })
}

pub(super) fn page() -> Value {
    let row = with(common(), [("tags", json!([tag()]))]);
    with(example_page(&row), [("count", json!(1)), ("count_relation", json!("eq"))])
}

pub(in crate::endpoints) fn deleted_page() -> Value {
    example_page(&with(
        common(),
        [
            ("tags", json!([tag()])),
            ("deleted_at", json!("2026-02-01T09:30:00.000000Z")),
            ("erasable_at", json!("2031-01-31T09:30:00.000000Z")),
            ("legal_hold", Value::Null),
        ],
    ))
}

pub(super) fn detail() -> Value {
    let whole_tag = with(
        tag(),
        [
            ("description", json!("")),
            ("source", json!("custom")),
            ("created_at", json!(CREATED_AT)),
            ("updated_at", json!(CREATED_AT)),
        ],
    );
    let link = with(
        tag(),
        [
            ("tag", whole_tag),
            ("added_by_email", Value::Null),
            ("added_by_name", json!("back end")),
            ("created_at", json!(CREATED_AT)),
        ],
    );
    let declared = json!({ "source": "declared", "session_id": null, "verified_at": null });
    let provenance = json!({
        "full_name": declared,
        "date_of_birth": declared,
        "portrait_image_url": null,
    });
    with(
        common(),
        [
            ("tags", json!([link])),
            ("metadata", json!({ "plan": "premium" })),
            ("comments", json!([])),
            ("legal_hold", Value::Null),
            ("provenance", provenance),
        ],
    )
}

fn tag() -> Value {
    json!({ "uuid": TAG, "name": "vip", "color": "#4a1fb8" })
}

fn common() -> Value {
    json!({
        "didit_internal_id": ID,
        "vendor_data": "customer-42",
        "display_name": "Ada",
        "full_name": "Ada Lovelace",
        "date_of_birth": "1990-12-10",
        "effective_name": "Ada",
        "status": "ACTIVE",
        "portrait_image_url": null,
        "session_count": 0,
        "approved_count": 0,
        "declined_count": 0,
        "in_review_count": 0,
        "issuing_states": ["GBR"],
        "approved_emails": ["ada@example.org"],
        "approved_phones": [],
        "features": {},
        "features_list": [],
        "last_session_at": null,
        "first_session_at": null,
        "last_activity_at": CREATED_AT,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "version": 1,
    })
}
