//! `PATCH /v3/users/{vendor_data}/` and `PATCH /v3/users/{vendor_data}/update-status/`

use serde_json::{Value, json};

use crate::support::{Api, Reply, with};

const URI: &str = "/v3/users/ada/";
const STATUS_URI: &str = "/v3/users/ada/update-status/";

async fn api_with_ada() -> Api {
    let api = Api::new().await;
    api.create(json!({
        "vendor_data": "ada", "display_name": "Ada", "full_name": "Ada Lovelace", "date_of_birth": "1990-12-10",
        "metadata": {"a": {"b": 1, "c": 2}, "d": 3}, "tags": ["vip", "new"], "approved_emails": ["ada@example.org"],
        "approved_phones": ["+1"], "issuing_states": ["ES"],
    }))
    .await;
    api
}

async fn merge(api: &Api, body: Value) -> Reply {
    let call = api.call("PATCH", URI).header("content-type", "application/merge-patch+json");
    call.bytes(body.to_string().as_bytes()).send().await
}

#[actix_web::test]
async fn only_the_members_that_are_sent_change() {
    let api = api_with_ada().await;
    let before = api.get(URI).await.json();
    let reply = api.patch(URI, json!({"display_name": "Countess"})).await;
    let shown = reply.json();
    let changes = json!({
        "display_name": "Countess", "effective_name": "Countess", "version": 2, "updated_at": shown["updated_at"],
        "last_activity_at": shown["updated_at"], "comments": shown["comments"],
    });
    let etag = format!("\"{}-2\"", before["didit_internal_id"].as_str().unwrap());
    reply.assert(200, &with(before, changes));
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert_eq!(api.get(URI).await.json(), shown);
}

#[actix_web::test]
async fn null_clears_a_field() {
    let api = api_with_ada().await;
    let cleared = json!({
        "display_name": null, "full_name": null, "date_of_birth": null, "metadata": {}, "tags": [],
        "approved_emails": [], "approved_phones": [], "issuing_states": [],
    });
    let nulls = cleared.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null));
    let user = api.patch(URI, nulls.collect()).await.body_of(200);
    let shown = with(cleared, json!({"effective_name": "ada", "version": 2}));
    assert_eq!(with(user.clone(), shown), user);
}

#[actix_web::test]
async fn metadata_is_replaced_or_merged_depending_on_the_media_type() {
    let api = api_with_ada().await;
    let patch = json!({"metadata": {"a": {"b": null, "e": 5}, "d": "x"}});
    let merged = merge(&api, patch).await.json();
    assert_eq!(merged["metadata"], json!({"a": {"c": 2, "e": 5}, "d": "x"}));
    let replaced = api.patch(URI, json!({"metadata": {"f": null}})).await.json();
    assert_eq!(replaced["metadata"], json!({"f": null}));
    let emptied = merge(&api, json!({"metadata": null})).await.json();
    assert_eq!(emptied["metadata"], json!({}));

    let half = "x".repeat(40_000);
    merge(&api, json!({"metadata": {"a": half}})).await.body_of(200);
    let too_large = json!(["Ensure this field has no more than 65536 bytes."]);
    let reply = merge(&api, json!({"metadata": {"b": half}})).await;
    reply.assert(400, &json!({ "metadata": too_large }));
    let body = json!({"display_name": 1, "metadata": {"b": "x".repeat(65_536)}});
    let reply = merge(&api, body).await;
    reply.assert(400, &json!({"display_name": ["Not a valid string."], "metadata": too_large}));
    // Removed members do not count.
    merge(&api, json!({"metadata": {"x".repeat(65_536): null}})).await.body_of(200);
    let call = api.call("PATCH", STATUS_URI).header("content-type", "application/merge-patch+json");
    let detail = "Unsupported media type. Use application/json.";
    call.bytes(b"{}").send().await.assert(415, &json!({ "detail": detail }));
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
    assert_eq!(reply.ignored(), None);
    assert_eq!(api.traces(), traces);

    let edited = with(shown.json(), json!({"display_name": "Countess"}));
    let reply = api.patch(URI, edited).await;
    assert_eq!(reply.json()["display_name"], "Countess");
    assert_eq!(reply.json()["version"], 4);
    assert_eq!(reply.ignored(), None);
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
    let ignored = "dry_run, first_name, typo, vendor_data, portrait_image_url, session_count";
    assert_eq!(reply.ignored(), Some(ignored));
    assert_eq!(api.traces(), (entries + 1, events));
    // Their values are not checked.
    let names = ["comments", "provenance", "features", "session_count", "last_session_at", "typo"];
    for name in names {
        for value in ["1e400", "9007199254740993", "{\"a\":[1e400]}", "[9007199254740993]"] {
            let body = format!("{{\"{name}\":{value}}}");
            let reply = api.call("PATCH", URI).text(&body).send().await;
            assert_eq!(reply.body_of(200)["version"], 1, "{body}");
            assert_eq!(reply.ignored(), Some(name), "{body}");
        }
    }
}

#[actix_web::test]
async fn a_status_follows_the_status_machine() {
    for uri in [URI, STATUS_URI] {
        let api = api_with_ada().await;
        let before = api.get(URI).await.json();
        let traces = api.traces();
        api.patch(uri, json!({"status": "ACTIVE"})).await.assert(200, &before);
        assert_eq!(api.traces(), traces, "nothing changed");
        let reply = api.patch(uri, json!({"status": "BLOCKED", "reason": "fraud\nagain"})).await;
        let user = reply.json();
        let comment = json!({
            "uuid": user["comments"][0]["uuid"],
            "comment_type": "STATUS_CHANGED",
            "comment": "fraud\nagain",
            "actor_email": null,
            "actor_name": "Test key",
            "previous_status": "ACTIVE",
            "new_status": "BLOCKED",
            "previous_value": null,
            "new_value": null,
            "changed_fields": ["status"],
            "metadata": null,
            "mentioned_emails": [],
            "created_at": user["updated_at"],
        });
        let changes = json!({
            "status": "BLOCKED", "version": 2, "updated_at": user["updated_at"], "comments": [comment],
            "last_activity_at": user["updated_at"],
        });
        reply.assert(200, &with(before, changes));
        assert!(reply.header("etag").unwrap().ends_with("-2\""));

        let refused =
            "The status cannot change from BLOCKED to FLAGGED. Allowed from BLOCKED: ACTIVE.";
        let reply = api.patch(uri, json!({"status": "FLAGGED", "display_name": "Y"})).await;
        reply.assert(409, &json!({"status": [refused]}));
        assert_eq!(api.get(URI).await.json()["version"], 2);
        // A null or empty reason counts as absent.
        for (status, reason) in [("ACTIVE", json!(null)), ("BLOCKED", json!(""))] {
            let body = json!({"status": status, "reason": reason, "typo": 1});
            let reply = api.patch(uri, body).await;
            assert_eq!(reply.body_of(200)["comments"][0]["comment"], Value::Null, "{status}");
            assert_eq!(reply.ignored(), Some("typo"));
        }
    }
    let api = api_with_ada().await;
    let body = json!({"status": "BLOCKED", "display_name": "X"});
    let user = api.patch(URI, body).await.json();
    assert_eq!((&user["display_name"], &user["version"]), (&json!("X"), &json!(2)));
}

#[actix_web::test]
async fn invalid_statuses_and_reasons_have_specific_messages() {
    const INVALID: &str = "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";
    const NULL: &str = "This field may not be null.";
    const LONG: &str = "Ensure this field has no more than 1000 characters.";
    let api = api_with_ada().await;
    let (long, reason) = ("x".repeat(5000), "x".repeat(1001));
    let cut = format!("\"{}…\" is not a valid choice.", "x".repeat(100));
    let no_choice = |text: &str| json!([format!("\"{text}\" is not a valid choice.")]);
    for (uri, body, errors) in [
        (URI, json!({"status": "blocked"}), json!({"status": no_choice("blocked")})),
        (URI, json!({"status": 5}), json!({"status": no_choice("5")})),
        (URI, json!({"status": null}), json!({"status": [NULL]})),
        (URI, json!({ "status": long }), json!({ "status": [cut] })),
        (URI, json!({"status": "ACTIVE", "reason": reason}), json!({"reason": [LONG]})),
        (STATUS_URI, json!({}), json!({"status": ["This field is required."]})),
        (STATUS_URI, json!({"status": "active"}), json!({"status": [INVALID]})),
        (STATUS_URI, json!({"status": 1}), json!({"status": [INVALID]})),
        (STATUS_URI, json!({"status": null}), json!({"status": [NULL]})),
        (
            STATUS_URI,
            json!({"status": "x", "reason": 5}),
            json!({"status": [INVALID], "reason": ["Not a valid string."]}),
        ),
        (STATUS_URI, json!({"status": "ACTIVE", "reason": reason}), json!({"reason": [LONG]})),
    ] {
        api.patch(uri, body).await.assert(400, &errors);
    }
}

#[actix_web::test]
async fn all_invalid_fields_and_entries_are_reported_at_once() {
    let api = api_with_ada().await;
    let blank = "This field may not be blank.";
    let no_tag = "Expected a name, or an object with a name.";
    let body = json!({
        "display_name": 1,
        "full_name": "x".repeat(513),
        "date_of_birth": "",
        "approved_emails": {"no": 1},
        "approved_phones": ["+1", 3, " "],
        "tags": ["a", "", "a", {"name": "c"}, {"x": 1}, 5, {"name": 5}, " ", "x".repeat(65)],
        "metadata": 7,
    });
    api.patch(URI, body).await.assert(
        400,
        &json!({
            "display_name": ["Not a valid string."],
            "full_name": ["Ensure this field has no more than 512 characters."],
            "date_of_birth": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
            "approved_emails": ["Item 1: Enter a valid email address."],
            "approved_phones": ["Item 2: Not a valid string.", format!("Item 3: {blank}")],
            "tags": [
                format!("Item 2: {blank}"),
                format!("Item 5: {no_tag}"),
                "Item 6: Not a valid string.",
                format!("Item 7: {no_tag}"),
                format!("Item 8: {blank}"),
                "Item 9: Ensure this field has no more than 64 characters.",
            ],
            "metadata": ["Metadata must be a JSON object."],
        }),
    );
    let far_too_many = json!({"tags": vec![1; 100_000]});
    let refused = json!({"tags": ["Ensure this field has no more than 50 elements."]});
    api.patch(URI, far_too_many).await.assert(400, &refused);
}

#[actix_web::test]
async fn a_failed_if_match_prevents_the_change() {
    let api = api_with_ada().await;
    let first = api.get(URI).await.header("etag").unwrap().to_owned();
    let second = first.replace("-1\"", "-2\"");
    let change = |conditions: &[&str], name: &str| {
        let call = api.call("PATCH", URI).json(&json!({ "display_name": name }));
        conditions.iter().fold(call, |call, tag| call.header("if-match", tag)).send()
    };
    // A condition that can never hold is malformed.
    let detail = "The If-Match header must be * or entity tags as ETag shows them: in double quotes, and not weak (W/).";
    for condition in [format!("W/{first}"), first.replace('"', "")] {
        change(&[&condition], "X").await.assert(400, &json!({ "detail": detail }));
    }
    let mismatch = json!({"detail": "The user is not at the version that If-Match names."});
    for condition in [second.as_str(), "\"x\"", ""] {
        change(&[condition], "X").await.assert(412, &mismatch);
    }
    change(&[&format!("\"x\", {first}")], "X").await.body_of(200);
    // Also if the body would change nothing.
    change(&[&first], "X").await.assert(412, &mismatch);
    let call = api.call("PATCH", STATUS_URI).header("if-match", "\"x\"");
    call.json(&json!({"status": "ACTIVE"})).send().await.assert(412, &mismatch);
    assert_eq!(change(&["*"], "X").await.json()["version"], 2);
    change(&[&first, &second], "Y").await.body_of(200);
}
