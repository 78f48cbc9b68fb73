//! `PATCH /v3/users/{vendor_data}/`

use serde_json::{Value, json};

use crate::support::Api;

const URI: &str = "/v3/users/ada/";

async fn api_with_ada() -> Api {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": "ada", "display_name": "Ada", "full_name": "Ada Lovelace", "date_of_birth": "1990-12-10",
        "metadata": {"a": {"b": 1, "c": 2}, "d": 3}, "tags": ["vip", "new"], "approved_emails": ["ada@example.org"],
        "approved_phones": ["+1"], "issuing_states": ["ES"],
    });
    let reply = api.post("/v3/users/create/", body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    api
}

#[actix_web::test]
async fn only_the_members_that_are_sent_change() {
    let api = api_with_ada().await;
    let before = api.get(URI).await.json();
    let reply = api.patch(URI, json!({"display_name": "Countess"})).await;
    let mut expected = before.clone();
    let at = reply.json()["updated_at"].clone();
    for (field, value) in [
        ("display_name", json!("Countess")),
        ("effective_name", json!("Countess")),
        ("version", json!(2)),
        ("updated_at", at.clone()),
        ("last_activity_at", at),
        ("comments", reply.json()["comments"].clone()),
    ] {
        expected[field] = value;
    }
    reply.assert(200, &expected);
    let etag = format!("\"{}-2\"", before["didit_internal_id"].as_str().unwrap());
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert_eq!(api.get(URI).await.json(), expected);
}

#[actix_web::test]
async fn null_clears_a_field() {
    let api = api_with_ada().await;
    let body = json!({
        "display_name": null, "full_name": null, "date_of_birth": null, "metadata": null, "tags": null,
        "approved_emails": null, "approved_phones": null, "issuing_states": null,
    });
    let user = api.patch(URI, body).await.json();
    for field in ["display_name", "full_name", "date_of_birth"] {
        assert_eq!(user[field], Value::Null, "{field}");
    }
    for field in ["tags", "approved_emails", "approved_phones", "issuing_states"] {
        assert_eq!(user[field], json!([]), "{field}");
    }
    assert_eq!(user["metadata"], json!({}));
    assert_eq!(user["effective_name"], "ada");
    assert_eq!(user["version"], 2);
}

#[actix_web::test]
async fn metadata_is_replaced_or_merged_depending_on_the_media_type() {
    let api = api_with_ada().await;
    let merge = |body: Value| {
        api.call("PATCH", URI)
            .header("content-type", "application/merge-patch+json")
            .bytes(body.to_string().as_bytes())
            .send()
    };
    let merged = merge(json!({"metadata": {"a": {"b": null, "e": 5}, "d": "x"}})).await.json();
    assert_eq!(merged["metadata"], json!({"a": {"c": 2, "e": 5}, "d": "x"}));
    let replaced = api.patch(URI, json!({"metadata": {"f": null}})).await.json();
    assert_eq!(replaced["metadata"], json!({"f": null}));
    let emptied = merge(json!({"metadata": null})).await.json();
    assert_eq!(emptied["metadata"], json!({}));

    let half = "x".repeat(40_000);
    assert_eq!(merge(json!({"metadata": {"a": half}})).await.status, 200);
    let too_large = json!({"metadata": ["Ensure this field has no more than 65536 bytes."]});
    merge(json!({"metadata": {"b": half}})).await.assert(400, &too_large);
}

#[actix_web::test]
async fn a_response_that_is_sent_back_changes_nothing() {
    let api = api_with_ada().await;
    api.patch(URI, json!({"status": "FLAGGED", "reason": "look"})).await;
    api.patch(URI, json!({"metadata": {"n": [1.0, 1e21, -0.0]}})).await;
    let shown = api.get(URI).await;
    let traces = api.traces();
    let reply = api.call("PATCH", URI).text(&shown.body).send().await;
    reply.assert(200, &shown.json());
    assert_eq!(reply.header("etag"), shown.header("etag"));
    assert_eq!(reply.header("x-ignored-fields"), None);
    assert_eq!(api.traces(), traces);

    let mut edited = shown.json();
    edited["display_name"] = json!("Countess");
    let reply = api.patch(URI, edited).await;
    assert_eq!(reply.json()["display_name"], "Countess");
    assert_eq!(reply.json()["version"], 4);
    assert_eq!(reply.header("x-ignored-fields"), None);
}

#[actix_web::test]
async fn ignored_members_are_not_validated() {
    let api = api_with_ada().await;
    let shown = api.get(URI).await.json();
    let wild = ["1e400", "9007199254740993", "{\"a\":[1e400]}", "[9007199254740993]"];
    let names = ["comments", "provenance", "features", "session_count", "last_session_at", "typo"];
    for (name, value) in names.iter().flat_map(|name| wild.map(|value| (name, value))) {
        let body = format!("{{\"{name}\":{value}}}");
        let reply = api.call("PATCH", URI).text(&body).send().await;
        reply.assert(200, &shown);
        assert_eq!(reply.header("x-ignored-fields"), Some(*name), "{body}");
    }
}

#[actix_web::test]
async fn read_only_fields_are_ignored_reported_and_audited() {
    let api = api_with_ada().await;
    let (entries, events) = api.traces();
    let before = api.get(URI).await.json();
    let body = json!({
        "vendor_data": "bob", "session_count": 5, "portrait_image_url": "https://x", "version": 1, "typo": true,
        "first_name": "A",
    });
    let reply = api.patch(&format!("{URI}?dry_run"), body).await;
    reply.assert(200, &before);
    assert_eq!(
        reply.header("x-ignored-fields"),
        Some("dry_run, first_name, typo, vendor_data, portrait_image_url, session_count")
    );
    assert_eq!(api.traces(), (entries + 1, events));
}

#[actix_web::test]
async fn a_status_in_an_update_follows_the_status_machine() {
    let api = api_with_ada().await;
    let user = api
        .patch(URI, json!({"status": "BLOCKED", "reason": "fraud", "display_name": "X"}))
        .await
        .json();
    assert_eq!((&user["status"], &user["version"]), (&json!("BLOCKED"), &json!(2)));
    assert_eq!(user["comments"][0]["comment_type"], "STATUS_CHANGED");
    assert_eq!(user["comments"][0]["comment"], "fraud");

    let refused = "The status cannot change from BLOCKED to FLAGGED. Allowed from BLOCKED: ACTIVE.";
    let reply = api.patch(URI, json!({"status": "FLAGGED", "display_name": "Y"})).await;
    reply.assert(409, &json!({"status": [refused]}));
    assert_eq!(api.get(URI).await.json(), user);

    for (sent, message) in [
        (json!("blocked"), "\"blocked\" is not a valid choice.".to_owned()),
        (json!(5), "\"5\" is not a valid choice.".to_owned()),
        (json!(null), "This field may not be null.".to_owned()),
        (json!("x".repeat(5000)), format!("\"{}…\" is not a valid choice.", "x".repeat(100))),
    ] {
        let reply = api.patch(URI, json!({"status": sent})).await;
        reply.assert(400, &json!({"status": [message]}));
    }
    let reply = api.patch(URI, json!({"reason": "none"})).await;
    assert_eq!(reply.header("x-ignored-fields"), Some("reason"));
}

#[actix_web::test]
async fn all_invalid_fields_are_reported_at_once() {
    let api = api_with_ada().await;
    let body = json!({
        "display_name": 1, "full_name": "x".repeat(513), "date_of_birth": "", "approved_emails": {"no": 1},
        "tags": ["", "x".repeat(65)], "metadata": 7, "status": "ACTIVE", "reason": "x".repeat(1001),
    });
    api.patch(URI, body).await.assert(
        400,
        &json!({
            "display_name": ["Not a valid string."],
            "full_name": ["Ensure this field has no more than 512 characters."],
            "date_of_birth": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
            "approved_emails": ["Item 1: Enter a valid email address."],
            "tags": [
                "Item 1: This field may not be blank.",
                "Item 2: Ensure this field has no more than 64 characters.",
            ],
            "metadata": ["Metadata must be a JSON object."],
            "reason": ["Ensure this field has no more than 1000 characters."],
        }),
    );
}

#[actix_web::test]
async fn all_invalid_entries_are_reported_in_the_order_of_the_list() {
    let api = api_with_ada().await;
    let body = json!({
        "tags": ["a", "", "a", {"name": "c"}, {"x": 1}, 5, {"name": 5}, " "],
        "approved_emails": ["a@b.c", 3, "bad"],
    });
    let (blank, no_tag) =
        ("This field may not be blank.", "Expected a name, or an object with a name.");
    api.patch(URI, body).await.assert(
        400,
        &json!({
            "tags": [
                format!("Item 2: {blank}"),
                format!("Item 5: {no_tag}"),
                "Item 6: Not a valid string.",
                format!("Item 7: {no_tag}"),
                format!("Item 8: {blank}"),
            ],
            "approved_emails": ["Item 2: Not a valid string.", "Item 3: Enter a valid email address."],
        }),
    );
    let far_too_many = json!({"tags": vec![1; 100_000]});
    let message = "Ensure this field has no more than 50 elements.";
    let refused = json!({"tags": [message]});
    api.patch(URI, far_too_many).await.assert(400, &refused);
}

#[actix_web::test]
async fn oversized_metadata_is_reported_with_the_other_errors() {
    let api = api_with_ada().await;
    let merge = |body: Value| {
        api.call("PATCH", URI)
            .header("content-type", "application/merge-patch+json")
            .bytes(body.to_string().as_bytes())
            .send()
    };
    let too_large = json!({"a": "x".repeat(65_536)});
    let reply = merge(json!({"display_name": 1, "metadata": too_large})).await;
    reply.assert(
        400,
        &json!({
            "display_name": ["Not a valid string."],
            "metadata": ["Ensure this field has no more than 65536 bytes."],
        }),
    );
    // Removed members do not count.
    let removes = json!({"metadata": {"x".repeat(65_536): null}});
    assert_eq!(merge(removes).await.status, 200);
}

/// A condition that can never hold gets 400, not 412.
#[actix_web::test]
async fn an_if_match_that_is_weak_or_not_quoted_is_malformed() {
    let api = api_with_ada().await;
    let etag = api.get(URI).await.header("etag").unwrap().to_owned();
    let detail = "The If-Match header must be * or entity tags as ETag shows them: in double quotes, and not weak (W/).";
    for condition in [format!("W/{etag}"), etag.replace('"', "")] {
        let call = api.call("PATCH", URI).header("if-match", &condition);
        let reply = call.json(&json!({"display_name": "x"})).send().await;
        reply.assert(400, &json!({ "detail": detail }));
    }
}

#[actix_web::test]
async fn a_failed_if_match_prevents_the_change() {
    let api = api_with_ada().await;
    let first = api.get(URI).await.header("etag").unwrap().to_owned();
    let second = first.replace("-1\"", "-2\"");
    let change = |condition: &str, body: Value| {
        api.call("PATCH", URI).header("if-match", condition).json(&body).send()
    };
    let mismatch = json!({"detail": "The user is not at the version that If-Match names."});
    for condition in [second.as_str(), "\"x\"", ""] {
        change(condition, json!({"display_name": "X"})).await.assert(412, &mismatch);
    }
    assert_eq!(change(&format!("\"x\", {first}"), json!({"display_name": "X"})).await.status, 200);
    // Also if the body would change nothing.
    change(&first, json!({"display_name": "X"})).await.assert(412, &mismatch);
    assert_eq!(change("*", json!({"display_name": "X"})).await.json()["version"], 2);
    let two = api.call("PATCH", URI).header("if-match", &first).header("if-match", &second);
    assert_eq!(two.json(&json!({"display_name": "Y"})).send().await.status, 200);
}
