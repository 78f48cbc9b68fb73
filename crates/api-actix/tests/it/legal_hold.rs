//! `/v3/users/{vendor_data}/legal-hold/`, and the same route by id.

use serde_json::{Value, json};
use users_domain::model::{KeyKind, Role};

use crate::support::{Api, Reply, with};

const URI: &str = "/v3/users/ada/legal-hold/";
const DELETE: &str = "/v3/users/delete/";

fn by_id(user: &Value) -> String {
    let id = user["didit_internal_id"].as_str().unwrap();
    format!("/v3/users/by-id/{id}/legal-hold/")
}

impl Api {
    async fn put(&self, uri: &str, body: Value) -> Reply {
        self.call("PUT", uri).json(&body).send().await
    }

    /// Sets the legal hold of a user for this reason.
    async fn hold(&self, uri: &str, reason: &str) -> Reply {
        self.put(uri, json!({ "reason": reason })).await
    }
}

#[actix_web::test]
async fn a_hold_is_set_shown_changed_and_lifted() {
    let api = Api::new().await;
    let user = api.user("ada").await;
    let free = json!({
        "didit_internal_id": user["didit_internal_id"],
        "vendor_data": "ada",
        "deleted_at": null,
        "legal_hold": null,
    });
    api.get(URI).await.assert(200, &free);

    let officer = api.key(KeyKind::Role(Role::ComplianceOfficer)).await;
    let call = api.with_key(&officer, "PUT", URI);
    let set = call.json(&json!({"reason": "court order", "x": 1})).send().await;
    let since = set.json()["legal_hold"]["since"].clone();
    let held = |reason: &str| {
        with(free.clone(), json!({"legal_hold": {"since": since, "reason": reason}}))
    };
    set.assert(200, &held("court order"));
    assert_eq!(set.ignored(), Some("x"));
    assert!(set.header("etag").unwrap().ends_with("-2\""));
    api.get(&by_id(&user)).await.assert(200, &held("court order"));
    let detail = api.get("/v3/users/ada/").await.json();
    let changes = json!({
        "legal_hold": held("court order")["legal_hold"], "version": 2, "updated_at": since,
    });
    assert_eq!(detail, with(user, changes));

    let traces = api.traces();
    api.hold(URI, "court order").await.assert(200, &held("court order"));
    assert_eq!(api.traces(), traces, "nothing changed");
    api.hold(URI, "two orders").await.assert(200, &held("two orders"));

    for _ in 0..2 {
        let lifted = api.delete(URI).await;
        assert_eq!((lifted.status.as_u16(), lifted.body.as_str()), (204, ""));
    }
    api.get(URI).await.assert(200, &free);
    let kinds: Vec<_> = api.entries(true).iter().map(|entry| entry.header.kind.as_str()).collect();
    assert_eq!(kinds, ["CREATED", "LEGAL_HOLD_SET", "LEGAL_HOLD_SET", "LEGAL_HOLD_LIFTED"]);
    assert_eq!(api.traces().1, 1, "no event reports the hold");
}

#[actix_web::test]
async fn a_held_user_is_named_and_not_deleted() {
    let api = Api::new().await;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "eve"] {
        ids.push(api.user(name).await["didit_internal_id"].clone());
    }
    for name in ["ada", "eve"] {
        api.hold(&format!("/v3/users/{name}/legal-hold/"), "court order").await.body_of(200);
    }
    let body = json!({"vendor_data_list": ["ada", "bob"], "didit_internal_id_list": [ids[2]]});
    let answer = json!({"deleted": 1, "held": ["ada", "eve"]});
    api.post(DELETE, body).await.assert(200, &answer);
    let all = json!({"delete_all": true});
    let reply = api.post(DELETE, all.clone()).await;
    reply.assert(200, &json!({"deleted": 0, "held": ["ada", "eve"]}));
    assert_eq!(api.get("/v3/users/ada/").await.status, 200);

    api.delete(URI).await;
    let reply = api.post(DELETE, all).await;
    reply.assert(200, &json!({"deleted": 1, "held": ["eve"]}));
}

#[actix_web::test]
async fn a_deleted_user_is_held_by_its_id_only() {
    let api = Api::new().await;
    let user = api.user("ada").await;
    api.delete_users(&["ada"]).await;
    let new_user = api.user("ada").await;
    let uri = by_id(&user);
    let shown = api.hold(&uri, "court order").await.body_of(200);
    assert_eq!(shown["didit_internal_id"], user["didit_internal_id"]);
    assert!(shown["deleted_at"].is_string());
    assert_eq!(shown["legal_hold"]["reason"], "court order");
    let current = api.get("/v3/users/ada/").await.json();
    assert_eq!(current, new_user, "the new user of the name is unchanged");
    api.delete(&uri).await;
    assert_eq!(api.get(&uri).await.json()["legal_hold"], Value::Null);
}

#[actix_web::test]
async fn errors_are_reported_in_the_documented_order() {
    let api = Api::new().await;
    let user = api.user("ada").await;
    let unknown = "/v3/users/unknown/legal-hold/";
    let no_id = "/v3/users/by-id/x/legal-hold/";
    for (uri, condition, body, status) in [
        (URI, None, json!({}), 400),
        (URI, Some("\"x\""), json!({}), 412),
        (unknown, Some("\"x\""), json!({}), 404),
        (no_id, Some("\"x\""), json!({}), 404),
        (URI, Some("\"x\""), json!({"reason": "r"}), 412),
    ] {
        let call = api.call("PUT", uri).json(&body);
        let call = condition.map_or(call.clone(), |tag| call.header("if-match", tag));
        let reply = call.send().await;
        assert_eq!(reply.status, status, "{uri}: {}", reply.body);
    }
    for (reason, message) in [
        (Value::Null, "This field may not be null."),
        (json!(" \n"), "This field may not be blank."),
        (json!(7), "Not a valid string."),
        (json!("x".repeat(1001)), "Ensure this field has no more than 1000 characters."),
    ] {
        api.put(URI, json!({"reason": reason})).await.assert(400, &json!({"reason": [message]}));
    }
    let lift = api.call("DELETE", URI).header("if-match", "\"x\"");
    assert_eq!(lift.send().await.status, 412);
    assert_eq!(api.get("/v3/users/ada/").await.json(), user);
}

#[actix_web::test]
async fn only_roles_that_manage_holds_see_the_reason() {
    let api = Api::new().await;
    api.user("ada").await;
    let set = api.hold(URI, "warrant-4711").await;
    let since = set.json()["legal_hold"]["since"].clone();
    for role in Role::ALL {
        let key = api.key(KeyKind::Role(role)).await;
        let as_role = |method, uri| api.with_key(&key, method, uri);
        let manages = matches!(role, Role::Owner | Role::ComplianceOfficer);
        let expected = json!({
            "since": since,
            "reason": if manages { json!("warrant-4711") } else { Value::Null },
        });
        let detail = as_role("GET", "/v3/users/ada/").send().await.json();
        assert_eq!(detail["legal_hold"], expected, "{role:?}");

        let sent_back = as_role("PATCH", "/v3/users/ada/")
            .header("idempotency-key", "k")
            .header("prefer", "handling=strict")
            .json(&json!({ "legal_hold": detail["legal_hold"] }))
            .send()
            .await;
        match sent_back.status.as_u16() {
            200 => {
                assert_eq!(sent_back.json()["legal_hold"], expected, "{role:?}");
                assert_eq!(sent_back.ignored(), None);
            }
            // The idempotency key was used by a role that sees another body.
            422 => assert_eq!(role, Role::Admin),
            refused => assert_eq!(refused, 403, "{role:?}"),
        }

        let activity = as_role("GET", "/v3/users/ada/activity/").send().await;
        assert_eq!(activity.column("comment_type"), ["CREATED"], "{role:?}");
    }
    let trail = api.get("/v3/audit-log/").await;
    assert!(trail.body.contains("warrant-4711"), "{}", trail.body);

    // A PUT of an earlier body must neither record its old reason in the trail nor confirm a guessed reason.
    api.hold(URI, "warrant-4712").await;
    let admin = api.key(KeyKind::Role(Role::Admin)).await;
    for (key, reason, is_named) in [
        (&api.owner, "warrant-4711", true),
        (&api.owner, "warrant-4712", false),
        (&admin, "warrant-4712", true),
        (&admin, "another", true),
    ] {
        let hold = json!({"legal_hold": {"since": since, "reason": reason}});
        let reply = api.as_key(key, "PATCH", "/v3/users/ada/", &hold).await;
        assert_eq!(reply.ignored() == Some("legal_hold"), is_named, "{reason}: {reply:?}");
    }
    let activity = api.get("/v3/users/ada/activity/").await;
    assert!(activity.body.contains("READ_ONLY_REFUSED"), "{}", activity.body);
    assert!(!activity.body.contains("warrant"), "{}", activity.body);
}

/// One version has two bodies, so the tag of one body must not give 304 for the other.
#[actix_web::test]
async fn a_body_without_the_reason_has_its_own_tag_valid_for_if_match() {
    let api = Api::new().await;
    let uri = "/v3/users/ada/";
    api.user("ada").await;
    let admin = api.key(KeyKind::Role(Role::Admin)).await;
    let (admin, owner) = (admin.as_str(), api.owner.as_str());
    let get = async |key: &str, known: &str| {
        let call = api.with_key(key, "GET", uri);
        let reply = call.header("if-none-match", known).send().await;
        (reply.header("etag").unwrap().to_owned(), reply.status.as_u16())
    };
    let before = get(owner, "").await.0;
    assert_eq!(get(admin, &before).await, (before.clone(), 304));

    let whole = api.hold(URI, "warrant").await.header("etag").unwrap().to_owned();
    assert_eq!(get(owner, &whole).await, (whole.clone(), 304));
    let (without, status) = get(admin, &whole).await;
    assert_eq!(status, 200, "the reason is not shown: another body");
    assert_eq!(get(admin, &without).await, (without.clone(), 304));
    assert_eq!(get(owner, &without).await, (whole.clone(), 200));

    let change = async |key: &str, known: &str, name: &str| {
        let call = api.with_key(key, "PATCH", uri);
        let call = call.header("if-match", known);
        let reply = call.json(&json!({"display_name": name})).send().await;
        assert_eq!(reply.status, 200, "{known}: {}", reply.body);
        reply.header("etag").unwrap().to_owned()
    };
    let without = change(admin, &whole, "A").await;
    assert_eq!(get(admin, &without).await.1, 304);
    let whole = change(owner, &without, "B").await;
    assert_eq!(get(owner, &whole).await.1, 304);
}
