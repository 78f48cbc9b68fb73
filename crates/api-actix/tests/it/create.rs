//! Tests of `POST /v3/users/create/`.

use serde_json::{Value, json};

use crate::support::{Api, with};

const URI: &str = "/v3/users/create/";

#[actix_web::test]
async fn create_returns_the_whole_user() {
    let api = Api::new().await;
    let sent = json!({
        "vendor_data": "user-1",
        "display_name": "Ada",
        "full_name": "Ada Lovelace",
        "date_of_birth": "1990-12-10",
        "status": "FLAGGED",
        "metadata": {"b": [1, 2.0], "a": {"x": null}},
        "tags": ["vip"],
        "approved_emails": ["ada@example.org", "ada@example.org"],
        "approved_phones": ["+34 600 000 000"],
        "issuing_states": ["ES", "GBR", "ESP"],
    });
    let reply = api.post(URI, sent.clone()).await;
    let user = reply.json();
    let id = &user["didit_internal_id"];
    let at = &user["created_at"];
    assert_eq!(at, "2026-01-01T00:00:04.000000Z");
    let declared = json!({"source": "declared", "session_id": null, "verified_at": null});
    let tag = json!({
        "uuid": user["tags"][0]["uuid"], "name": "vip", "color": user["tags"][0]["color"],
    });
    let whole_tag =
        json!({"description": "", "source": "custom", "created_at": at, "updated_at": at});
    let of_user = json!({
        "tag": with(tag.clone(), whole_tag),
        "added_by_email": null,
        "added_by_name": "Test key",
        "created_at": at,
    });
    let expected = json!({
        "didit_internal_id": id,
        "effective_name": "Ada",
        "portrait_image_url": null,
        "session_count": 0,
        "approved_count": 0,
        "declined_count": 0,
        "in_review_count": 0,
        "issuing_states": ["ESP", "GBR"],
        "approved_emails": ["ada@example.org"],
        "features": {},
        "features_list": [],
        "last_session_at": null,
        "first_session_at": null,
        "last_activity_at": at,
        "tags": [with(tag, of_user)],
        "created_at": at,
        "updated_at": at,
        "version": 1,
        "comments": [],
        "legal_hold": null,
        "provenance": {
            "full_name": declared,
            "date_of_birth": declared,
            "portrait_image_url": null,
        },
    });
    reply.assert(201, &with(sent, expected));
    let etag = format!("\"{}-1\"", id.as_str().unwrap());
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("location"), Some("/v3/users/user-1/"));
    assert_eq!(reply.ignored(), None);
    assert_eq!(api.get("/v3/users/user-1/").await.json(), user);
}

#[actix_web::test]
async fn create_needs_only_a_name() {
    let api = Api::new().await;
    let user = api.user("x").await;
    assert_eq!(user["effective_name"], "x");
    assert_eq!(user["status"], "ACTIVE");
    assert_eq!(user["metadata"], json!({}));
    assert_eq!(user["provenance"]["full_name"], Value::Null);
    let nulls = json!({
        "vendor_data": "y", "display_name": null, "full_name": null, "date_of_birth": null, "metadata": null,
        "tags": null, "approved_emails": null, "approved_phones": null, "issuing_states": null, "first_name": null,
        "email": null, "phone_number": null, "country": null,
    });
    api.create(nulls).await;
}

#[actix_web::test]
async fn contact_details_are_stored_in_the_metadata() {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": "x",
        "email": "ada@example.org",
        "phone_number": "+34 600",
        "country": "ES",
        "metadata": {"contact": {"email": "old@example.org", "fax": "1"}, "plan": "gold"},
    });
    let user = api.create(body).await;
    assert_eq!(
        user["metadata"],
        json!({
            "contact": {"email": "ada@example.org", "fax": "1", "phone_number": "+34 600"},
            "address": {"country": "ES"},
            "plan": "gold",
        })
    );
    let body = json!({
        "vendor_data": "y", "email": "ada@example.org", "country": "ES", "metadata": {"contact": "x", "address": null},
    });
    let message = |group| {
        format!("This field is stored in metadata.{group}, which was not sent as an object.")
    };
    let errors = json!({"email": [message("contact")], "country": [message("address")]});
    api.post(URI, body).await.assert(400, &errors);
}

#[actix_web::test]
async fn unknown_fields_are_named() {
    let api = Api::new().await;
    let body =
        json!({"vendor_data": "x", "displayname": "Ada", "é": 1, "version": 7, "n": {"a": 1}});
    let reply = api.post("/v3/users/create/?dry_run=1&dry_run=2", body).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.ignored(), Some("dry_run, displayname, n, version, %C3%A9"));
}
