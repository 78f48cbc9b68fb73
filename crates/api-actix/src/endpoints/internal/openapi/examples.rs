//! Consistent examples of reports and responses.

use serde_json::{Value, json};

pub(super) fn session() -> Value {
    json!({
        "session_id": "session-7",
        "vendor_data": "customer-42",
        "revision": 3,
        "status": "Approved",
        "occurred_at": "2026-01-25T09:30:00Z",
        "features": { "ID_VERIFICATION": "Approved", "LIVENESS": "Approved" },
        "identity": {
            "full_name": "Ada Lovelace",
            "date_of_birth": "1990-12-10",
            "issuing_state": "GBR",
            "portrait_image_url": "https://media.example.org/portraits/42.jpg",
        },
        "approved_emails": ["ada@example.org"],
        "approved_phones": ["+442071234567"],
    })
}

pub(super) fn transaction() -> Value {
    json!([{
        "transaction_id": "transaction-9",
        "vendor_data": "customer-42",
        "revision": 1,
        "status": "IN_REVIEW",
        "occurred_at": "2026-01-25T10:00:00Z",
        "rule_actions": ["flag"],
    }])
}

pub(super) fn risk() -> Value {
    json!({
        "event_id": "hit-3",
        "vendor_data": "customer-42",
        "kind": "blocklist_match",
        "detail": "the document is on the blocklist",
    })
}

pub(super) fn results() -> Value {
    json!({
        "results": [{
            "outcome": "applied",
            "user": {
                "didit_internal_id": "019bf2a0-4c00-7aaa-8bbb-0123456789ab",
                "vendor_data": "customer-42",
                "status": "ACTIVE",
                "version": 2,
            },
        }],
        "errors": 0,
    })
}

pub(super) fn enforcement() -> Value {
    json!({
        "status": "FLAGGED",
        "new_session": "in_review",
        "new_transaction": "escalate",
        "version": 3,
        "session_error": null,
        "transaction_error": null,
    })
}
