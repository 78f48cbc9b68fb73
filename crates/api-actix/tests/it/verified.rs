//! Verified users: their representation, and the fields that a client may change.

use serde_json::json;
use users_domain::model::{KeyKind, Role};

use crate::internal::{SESSIONS, session};
use crate::support::{Api, with};

const URI: &str = "/v3/users/ada/";

/// Creates a user with declared values and four sessions. The date of birth and the portrait come from the older
/// approved session, the name from the newer one.
async fn api() -> Api {
    let api = Api::new().await;
    let declared = json!({
        "vendor_data": "ada", "full_name": "Ada Declared", "approved_emails": ["declared@example.org"],
    });
    api.create(declared).await;
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
async fn verified_values_and_counters_are_shown() {
    let api = api().await;
    let user = api.get(URI).await.json();
    let verified = |session: &str, at: &str| json!({"source": "verified", "session_id": session, "verified_at": at});
    let older = verified("older", "2025-06-01T00:00:00.000000Z");
    let newer = verified("newer", "2025-07-01T00:00:00.000000Z");
    let expected = json!({
        "full_name": "ADA VERIFIED",
        "date_of_birth": "1990-12-10",
        "effective_name": "ADA VERIFIED",
        "portrait_image_url": "https://example.org/p.png",
        "session_count": 4,
        "approved_count": 2,
        "declined_count": 1,
        "in_review_count": 1,
        "issuing_states": ["ESP", "FRA"],
        "approved_emails": [
            "declared@example.org",
            "newer@example.org",
            "both@example.org",
            "older@example.org",
        ],
        "approved_phones": ["+34600"],
        "features": {"AML": "In Review", "ID_VERIFICATION": "Approved"},
        "features_list": [
            {"feature": "ID_VERIFICATION", "status": "Approved"},
            {"feature": "AML", "status": "In Review"},
        ],
        "first_session_at": "2025-05-01T00:00:00.000000Z",
        "last_session_at": "2025-08-01T00:00:00.000000Z",
        "provenance": {"full_name": newer, "date_of_birth": older, "portrait_image_url": older},
    });
    assert_eq!(user, with(user.clone(), expected));
    let mut row = user;
    for of_detail in ["metadata", "comments", "legal_hold", "provenance"] {
        row.as_object_mut().unwrap().remove(of_detail).unwrap();
    }
    assert_eq!(api.get("/v3/users/").await.rows(), [row]);
}

#[actix_web::test]
async fn a_response_with_more_entries_than_can_be_declared_can_be_sent_back() {
    let api = Api::new().await;
    let emails: Vec<_> = (0..50).map(|number| format!("d{number}@x.org")).collect();
    let body = json!({"vendor_data": "ada", "approved_emails": emails});
    api.create(body).await;
    let report = session(json!({"status": "Approved", "approved_emails": ["v@x.org"]}));
    api.report(SESSIONS, &report).await;
    let mut shown = api.get("/v3/users/ada/").await.json();
    assert_eq!(shown["approved_emails"].as_array().unwrap().len(), 51);
    shown["display_name"] = json!("x");
    let reply = api.patch("/v3/users/ada/", shown).await;
    assert_eq!(reply.json()["display_name"], "x");
    assert_eq!(reply.ignored(), None);
}

#[actix_web::test]
async fn verified_fields_are_read_only() {
    let api = api().await;
    let body = json!({
        "full_name": "X", "date_of_birth": null, "approved_emails": [], "approved_phones": ["1"],
        "issuing_states": ["ES"], "display_name": "Ada",
    });
    let reply = api.patch(URI, body).await;
    assert_eq!(
        reply.ignored(),
        Some("full_name, date_of_birth, issuing_states, approved_emails, approved_phones")
    );
    let user = reply.json();
    let expected = json!({"display_name": "Ada", "full_name": "ADA VERIFIED", "version": 6});
    assert_eq!(user, with(user.clone(), expected));
}

/// The unit tests of `rules::decide` contain the rules of overrides.
#[actix_web::test]
async fn three_roles_override_verified_values_if_the_application_allows_it() {
    for role in [Role::Owner, Role::Admin, Role::ComplianceOfficer] {
        let api = api().await;
        api.set("verified_fields", "override").await;
        let key = api.key(KeyKind::Role(role)).await;
        let declared = api.get(URI).await.json()["approved_emails"].clone();
        let body = json!({"full_name": "Ada King", "approved_emails": [], "display_name": "Ada"});
        let reply = api.as_key(&key, "PATCH", URI, &body).await;
        let user = reply.body_of(200);
        assert_eq!(reply.ignored(), Some("approved_emails"), "lists are not overridden");
        assert_eq!(user["full_name"], "Ada King", "{role:?}");
        assert_eq!(user["effective_name"], "Ada");
        assert_eq!(
            user["provenance"]["full_name"],
            json!({"source": "override", "session_id": null, "verified_at": null})
        );
        assert_eq!(user["provenance"]["date_of_birth"]["source"], "verified");
        assert_eq!(user["approved_emails"], declared);
        let entries = api.entries(true);
        let marked = entries.iter().filter(|entry| entry.detail.overrides_verified);
        assert_eq!(marked.count(), 1);
    }
}
