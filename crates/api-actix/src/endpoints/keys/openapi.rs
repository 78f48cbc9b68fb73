//! API keys in the OpenAPI document.

pub(crate) use super::requests::schemas;

use serde_json::{Value, json};
use users_domain::model::ApiKey;

use super::body::{KeyBody, NewKeyBody, RotatedKeyBody};
use crate::openapi::operation::Description;
use crate::openapi::responses::Failure;
use crate::openapi::schema::with;

const TAG: &str = "API keys";
const SECRET_ONCE: &str = "Its secret is in this response and in no other.";

pub(crate) fn list() -> Description {
    let text = format!(
        "Returns all active keys and the {} latest revoked or expired keys, oldest first.",
        ApiKey::MAX_ENDED_LISTED
    );
    Description::new(TAG, "listApiKeys", "List API keys", text)
        .returns::<Vec<KeyBody<'_>>>("The keys.", json!([key()]))
}

pub(crate) fn create() -> Description {
    let text = format!(
        "Creates a key with a role. {SECRET_ONCE} An ADMIN cannot create an OWNER key. An application has at most {} \
         active keys.",
        ApiKey::MAX_LIVE
    );
    let example = json!({
        "name": "Back office",
        "role": "COMPLIANCE_OFFICER",
        "allowed_ips": ["192.0.2.0/24"],
        "rate_limit_write_per_minute": 60,
    });
    let created = with(key(), [("key", json!("sk_live_pW4x…"))]);
    Description::new(TAG, "createApiKey", "Create an API key", text)
        .takes("CreateApiKey", example)
        .status("201")
        .returns::<NewKeyBody<'_>>("The key, with its secret.", created)
        .secret()
        .location("The path of the key.")
        .links(
            &[("uuid", "$response.body#/uuid")],
            &[
                ("get", "getApiKey"),
                ("update", "updateApiKey"),
                ("revoke", "revokeApiKey"),
                ("rotate", "rotateApiKey"),
            ],
        )
        .fails([Failure::KeyConflict])
}

pub(crate) fn get() -> Description {
    let text = "Returns a key, also if it is revoked or expired.";
    Description::new(TAG, "getApiKey", "Get an API key", text)
        .returns::<KeyBody<'_>>("The key.", key())
}

pub(crate) fn update() -> Description {
    let text = "Changes the members that are sent; the secret does not change. A revoked or expired key cannot be \
                changed. An ADMIN can neither change an OWNER key nor turn another key into one.";
    let example = json!({ "name": "Back office in Porto", "allowed_ips": ["192.0.2.0/25"] });
    let updated = with(
        key(),
        [("name", json!("Back office in Porto")), ("allowed_ips", json!(["192.0.2.0/25"]))],
    );
    Description::new(TAG, "updateApiKey", "Update an API key", text)
        .takes("UpdateApiKey", example)
        .returns::<KeyBody<'_>>("The key after the change.", updated)
        .fails([Failure::KeyConflict])
}

pub(crate) fn revoke() -> Description {
    let text = "Revokes the key immediately and permanently; the key remains listed. With several server processes, \
                all of them reject the key within seconds. The OWNER key that lasts longest cannot be revoked. An \
                OWNER may also revoke keys of services.";
    Description::new(TAG, "revokeApiKey", "Revoke an API key", text)
        .responds("204", "The key is revoked.")
        .fails([Failure::KeyConflict])
}

pub(crate) fn rotate() -> Description {
    let text = format!(
        "Creates a key with the name, role, networks and limits of another. {SECRET_ONCE} The old key expires at the \
         end of the grace period."
    );
    let previous = with(key(), [("expires_at", json!("2026-01-25T11:00:00.000000Z"))]);
    let rotated = with(
        key(),
        [
            ("uuid", json!("019bf2b1-5d00-7ccc-9ddd-0123456789ab")),
            ("prefix", json!("sk_live_T9bQ")),
            ("created_at", json!("2026-01-25T10:30:00.000000Z")),
            ("key", json!("sk_live_T9bQ…")),
            ("previous", previous),
        ],
    );
    let description = "The new key, with its secret, and the old one.";
    Description::new(TAG, "rotateApiKey", "Rotate an API key", text)
        .may_take("RotateApiKey", json!({ "grace_minutes": 30 }))
        .status("201")
        .returns::<RotatedKeyBody<'_>>(description, rotated)
        .secret()
        .location("The path of the key.")
        .fails([Failure::KeyConflict])
}

fn key() -> Value {
    json!({
        "uuid": "019bf2a0-4c00-7aaa-8bbb-0123456789ab",
        "name": "Back office",
        "kind": "role",
        "role": "COMPLIANCE_OFFICER",
        "prefix": "sk_live_pW4x",
        "created_at": "2026-01-25T09:30:00.000000Z",
        "expires_at": null,
        "last_used_at": null,
        "revoked_at": null,
        "allowed_ips": ["192.0.2.0/24"],
        "rate_limit_get_per_minute": null,
        "rate_limit_write_per_minute": 60,
    })
}
