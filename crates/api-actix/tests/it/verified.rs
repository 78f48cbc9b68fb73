//! A verified user: what it shows, and what a client may still change.

use serde_json::{Value, json};

use crate::internal::{SESSIONS, session};
use crate::support::Api;

const URI: &str = "/v3/users/ada/";

/// One user that says something about itself, with four sessions. The older approval knows the date of birth and the
/// portrait, the newer one the name.
async fn api() -> Api {
    let api = Api::new().await;
    let declared = json!({
        "vendor_data": "ada", "full_name": "Ada Declared", "approved_emails": ["declared@example.org"],
    });
    assert_eq!(api.post("/v3/users/create/", declared).await.status, 201);
    let sessions = json!([
        session(json!({
            "session_id": "older", "status": "Approved", "occurred_at": "2025-06-01T00:00:00Z",
            "features": {"ID_VERIFICATION": "Approved", "AML": "Approved"},
            "identity": {
                "full_name": "ADA OLDER", "date_of_birth": "1990-12-10",
                "portrait_image_url": "https://example.org/p.png", "issuing_state": "FRA",
            },
            "approved_emails": ["older@example.org", "both@example.org"], "approved_phones": ["+34600"],
        })),
        session(json!({
            "session_id": "newer", "status": "Approved", "occurred_at": "2025-07-01T00:00:00Z",
            "features": {"AML": "In Review"},
            "identity": {"full_name": "ADA VERIFIED", "issuing_state": "ES"},
            "approved_emails": ["newer@example.org", "both@example.org"],
        })),
        session(
            json!({"session_id": "no", "status": "Declined", "occurred_at": "2025-05-01T00:00:00Z"})
        ),
        session(
            json!({"session_id": "maybe", "status": "In Review", "occurred_at": "2025-08-01T00:00:00Z"})
        ),
    ]);
    let reply = api.report(SESSIONS, &sessions).await;
    assert_eq!(reply.body.matches("applied").count(), 4, "{}", reply.body);
    api
}

#[actix_web::test]
async fn shows_what_sessions_found() {
    let user = api().await.get(URI).await.json();
    let verified = |session: &str, at: &str| json!({"source": "verified", "session_id": session, "verified_at": at});
    let older = verified("older", "2025-06-01T00:00:00.000000Z");
    let newer = verified("newer", "2025-07-01T00:00:00.000000Z");
    for (field, value) in [
        ("full_name", json!("ADA VERIFIED")),
        ("date_of_birth", json!("1990-12-10")),
        ("effective_name", json!("ADA VERIFIED")),
        ("portrait_image_url", json!("https://example.org/p.png")),
        ("session_count", json!(4)),
        ("approved_count", json!(2)),
        ("declined_count", json!(1)),
        ("in_review_count", json!(1)),
        ("issuing_states", json!(["ESP", "FRA"])),
        (
            "approved_emails",
            json!([
                "declared@example.org",
                "newer@example.org",
                "both@example.org",
                "older@example.org",
            ]),
        ),
        ("approved_phones", json!(["+34600"])),
        (
            "features",
            json!({"AML": "In Review", "ID_VERIFICATION": "Approved"}),
        ),
        (
            "features_list",
            json!([
                {"feature": "ID_VERIFICATION", "status": "Approved"},
                {"feature": "AML", "status": "In Review"},
            ]),
        ),
        ("first_session_at", json!("2025-05-01T00:00:00.000000Z")),
        ("last_session_at", json!("2025-08-01T00:00:00.000000Z")),
        (
            "provenance",
            json!({"full_name": newer, "date_of_birth": older, "portrait_image_url": older}),
        ),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
}

#[actix_web::test]
async fn a_row_shows_the_same_as_a_detail_but_for_what_only_details_have() {
    let api = api().await;
    let row = api.get("/v3/users/").await.json()["results"][0].clone();
    let mut detail = api.get(URI).await.json();
    for field in ["metadata", "comments", "legal_hold", "provenance"] {
        detail.as_object_mut().unwrap().remove(field).unwrap();
    }
    assert_eq!(row, detail);
}

#[actix_web::test]
async fn what_a_get_showed_changes_nothing_when_it_is_sent_back() {
    let api = api().await;
    let shown = api.get(URI).await;
    let reply = api.call("PATCH", URI).text(&shown.body).send().await;
    reply.assert(200, &shown.json());
    assert_eq!(reply.header("x-ignored-fields"), None);
}

#[actix_web::test]
async fn what_sessions_found_is_read_only() {
    let api = api().await;
    let body = json!({
        "full_name": "X", "date_of_birth": null, "approved_emails": [], "approved_phones": ["1"],
        "issuing_states": ["ES"], "display_name": "Ada",
    });
    let reply = api.patch(URI, body).await;
    assert_eq!(
        reply.header("x-ignored-fields"),
        Some("full_name, date_of_birth, issuing_states, approved_emails, approved_phones")
    );
    let user = reply.json();
    assert_eq!(
        (&user["display_name"], &user["full_name"]),
        (&json!("Ada"), &json!("ADA VERIFIED"))
    );
    assert_eq!(user["version"], Value::from(6));
}
