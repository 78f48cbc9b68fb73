//! Examples of responses.

use serde_json::{Value, json};

const UUID: &str = "0190a3b4-0000-7000-8000-000000000001";
const USER: &str = "0190a3b4-0000-7000-8000-000000000002";
const KEY: &str = "0190a3b4-0000-7000-8000-000000000003";
const AT: &str = "2026-01-02T03:04:05.678901Z";

pub(super) fn activity_page() -> Value {
    page(&json!({
        "uuid": UUID,
        "comment_type": "STATUS_CHANGED",
        "comment": "Confirmed by a second review.",
        "previous_status": "FLAGGED",
        "new_status": "BLOCKED",
        "previous_value": null,
        "new_value": null,
        "changed_fields": ["status"],
        "actor_email": null,
        "actor_name": "Review desk",
        "metadata": null,
        "mentioned_emails": [],
        "created_at": AT,
    }))
}

pub(super) fn audit_page() -> Value {
    page(&entry())
}

pub(super) fn entry() -> Value {
    json!({
        "uuid": UUID,
        "created_at": AT,
        "operation": "update-status",
        "kind": "STATUS_CHANGED",
        "actor": {
            "kind": "key",
            "key_uuid": KEY,
            "role": "COMPLIANCE_OFFICER",
            "name": "Review desk",
            "ip": "192.0.2.1",
        },
        "didit_internal_id": USER,
        "vendor_data": "customer-42",
        "comment": "Confirmed by a second review.",
        "previous_status": "FLAGGED",
        "new_status": "BLOCKED",
        "previous_value": null,
        "new_value": null,
        "changed_fields": ["status"],
        "trigger": "analyst",
        "about": null,
        "overrides_verified": false,
        "request_id": "0190a3b4-0000-7000-8000-000000000004",
        "erased": false,
    })
}

fn page(result: &Value) -> Value {
    json!({
        "count": null,
        "count_relation": null,
        "next": null,
        "previous": null,
        "results": [result],
    })
}
