//! Consistent examples of request and response bodies.

use serde_json::{Value, json};

use crate::openapi::schema::with;

const ID: &str = "019bf2a0-4c00-7aaa-8bbb-0123456789ab";
const NEXT_ID: &str = "019bf2b1-5d00-7ccc-9ddd-0123456789ab";
const CREATED_AT: &str = "2026-01-25T09:30:00.000000Z";
const ROTATED_AT: &str = "2026-01-25T10:30:00.000000Z";
const RETIRED_AT: &str = "2026-01-25T11:00:00.000000Z";

pub(super) fn create() -> Value {
    json!({
        "name": "Back office",
        "role": "COMPLIANCE_OFFICER",
        "allowed_ips": ["192.0.2.0/24"],
        "rate_limit_write_per_minute": 60,
    })
}

pub(super) fn update() -> Value {
    json!({ "name": "Back office in Porto", "allowed_ips": ["192.0.2.0/25"] })
}

pub(super) fn rotate() -> Value {
    json!({ "grace_minutes": 30 })
}

pub(super) fn key() -> Value {
    json!({
        "uuid": ID,
        "name": "Back office",
        "kind": "role",
        "role": "COMPLIANCE_OFFICER",
        "prefix": "sk_live_pW4x",
        "created_at": CREATED_AT,
        "expires_at": null,
        "last_used_at": null,
        "revoked_at": null,
        "allowed_ips": ["192.0.2.0/24"],
        "rate_limit_get_per_minute": null,
        "rate_limit_write_per_minute": 60,
    })
}

pub(super) fn keys() -> Value {
    json!([key()])
}

pub(super) fn updated() -> Value {
    with(
        key(),
        [
            ("name", json!("Back office in Porto")),
            ("allowed_ips", json!(["192.0.2.0/25"])),
        ],
    )
}

pub(super) fn created() -> Value {
    with(key(), [("key", json!("sk_live_pW4x…"))])
}

pub(super) fn rotated() -> Value {
    let previous = with(key(), [("expires_at", json!(RETIRED_AT))]);
    with(
        key(),
        [
            ("uuid", json!(NEXT_ID)),
            ("prefix", json!("sk_live_T9bQ")),
            ("created_at", json!(ROTATED_AT)),
            ("key", json!("sk_live_T9bQ…")),
            ("previous", previous),
        ],
    )
}
