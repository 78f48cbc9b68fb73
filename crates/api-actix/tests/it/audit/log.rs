use serde_json::{Value, json};
use users_domain::model::{AuditId, KeyKind, Role};

use super::{members, results, target, walk};
use crate::support::{Api, Reply};

const LOG: &str = "/v3/audit-log/";

/// Creates `ada` and blocks her as a compliance officer; creates and deletes `bob`. Returns the officer's key.
async fn create_history(api: &Api) -> String {
    let officer = api.key(KeyKind::Role(Role::ComplianceOfficer)).await;
    let create = api.call("POST", "/v3/users/create/").header("x-request-id", "case-1");
    create.json(&json!({ "vendor_data": "ada" })).send().await;
    let block = api.anonymous("PATCH", "/v3/users/ada/update-status/");
    let block =
        block.header("x-api-key", &officer).header("x-request-id", "case-2").from("192.0.2.7");
    let blocked = json!({ "status": "BLOCKED", "reason": "Confirmed." });
    let reply = block.json(&blocked).send().await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    api.user("bob").await;
    api.post("/v3/users/delete/", json!({ "vendor_data_list": ["bob"] })).await;
    officer
}

async fn list(api: &Api, query: &str) -> Vec<Value> {
    results(&api.get(&format!("{LOG}?{query}")).await)
}

#[actix_web::test]
async fn an_entry_has_actor_operation_user_values_and_time() {
    let api = Api::new().await;
    create_history(&api).await;
    let entries = results(&api.get(LOG).await);
    assert_eq!(members(&entries, "operation"), ["delete", "create", "update-status", "create"]);
    let blocked = &entries[2];
    let officer = &blocked["actor"]["key_uuid"];
    assert!(officer.is_string());
    let ada = api.get("/v3/users/ada/").await.json();
    assert_eq!(
        *blocked,
        json!({
            "uuid": blocked["uuid"],
            "created_at": ada["updated_at"],
            "operation": "update-status",
            "kind": "STATUS_CHANGED",
            "actor": {
                "kind": "key",
                "key_uuid": officer,
                "role": "COMPLIANCE_OFFICER",
                "name": "Test key",
                "ip": "192.0.2.7",
            },
            "didit_internal_id": ada["didit_internal_id"],
            "vendor_data": "ada",
            "comment": "Confirmed.",
            "previous_status": "ACTIVE",
            "new_status": "BLOCKED",
            "previous_value": null,
            "new_value": null,
            "changed_fields": ["status"],
            "trigger": "analyst",
            "about": null,
            "overrides_verified": false,
            "request_id": "case-2",
            "erased": false,
        })
    );
    let page = api.get(LOG).await.json();
    assert_eq!(page["count"], Value::Null);
    assert_eq!(page["next"], Value::Null);
    assert_eq!(page["previous"], Value::Null);
}

#[actix_web::test]
async fn filters_work_alone_and_combined() {
    let api = Api::new().await;
    create_history(&api).await;
    let all = results(&api.get(LOG).await);
    let officer = all[2]["actor"]["key_uuid"].as_str().unwrap();
    let owner = all[3]["actor"]["key_uuid"].as_str().unwrap();
    let at = all[2]["created_at"].as_str().unwrap();
    let cases = [
        (format!("actor={officer}"), vec![2]),
        (format!("actor={owner}"), vec![0, 1, 3]),
        ("operation=delete".to_owned(), vec![0]),
        ("operation=report-sessions".to_owned(), vec![]),
        ("vendor_data=ada".to_owned(), vec![2, 3]),
        // `bob` is deleted.
        ("vendor_data=bob".to_owned(), vec![0, 1]),
        ("vendor_data=nobody".to_owned(), vec![]),
        ("request_id=case-1".to_owned(), vec![3]),
        (format!("created_after={at}"), vec![0, 1, 2]),
        (format!("created_before={at}"), vec![3]),
        (format!("vendor_data=ada&actor={owner}&operation=create"), vec![3]),
        (format!("vendor_data=bob&actor={officer}"), vec![]),
        ("actor=&operation=".to_owned(), vec![0, 1, 2, 3]),
    ];
    for (query, expected) in cases {
        let expected: Vec<_> =
            expected.into_iter().map(|index: usize| all[index].clone()).collect();
        assert_eq!(list(&api, &query).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn links_keep_the_filters_and_lead_both_ways() {
    let api = Api::new().await;
    create_history(&api).await;
    for number in 0..5 {
        api.user(&format!("user {number}")).await;
    }
    let whole = list(&api, "operation=create").await;
    assert_eq!(whole.len(), 7);
    let pages = walk(&api, &format!("{LOG}?operation=create&limit=2"), "next").await;
    assert_eq!(pages.len(), 4);
    assert_eq!(pages.concat(), whole);
    let first = api.get(&format!("{LOG}?operation=create&limit=2")).await;
    let second = api.get(&target(&first, "next").unwrap()).await;
    let back = api.get(&target(&second, "previous").unwrap()).await;
    assert_eq!(results(&back), results(&first));
    assert_eq!(target(&back, "previous"), None);

    let next = target(&first, "next").unwrap();
    assert_eq!(results(&api.get(&format!("{next}&operation=create")).await).len(), 2);
    let reply = api
        .get(&format!("{next}&operation=delete&actor=00000000-0000-0000-0000-000000000001"))
        .await;
    let other = "Must be as in the request that the cursor came from, or left out.";
    reply.assert(400, &json!({ "operation": [other], "actor": [other] }));
}

#[actix_web::test]
async fn foreign_and_malformed_cursors_are_refused() {
    let api = Api::new().await;
    create_history(&api).await;
    let reply = api.get(&format!("{LOG}?limit=1")).await;
    let next = target(&reply, "next").unwrap();
    let invalid = json!({ "cursor": ["Invalid cursor."] });
    let stranger = api.strangers_key().await;
    let call = api.anonymous("GET", &next).header("x-api-key", &stranger);
    call.send().await.assert(400, &invalid);
    let activity_page = target(&api.get("/v3/users/ada/activity/?limit=1").await, "next").unwrap();
    let query = activity_page.split_once('?').unwrap().1;
    for query in [query, "cursor=x", "cursor=eA"] {
        api.get(&format!("{LOG}?{query}")).await.assert(400, &invalid);
    }
}

#[actix_web::test]
async fn all_parameters_are_checked_and_unknown_ones_are_named() {
    let api = Api::new().await;
    let reply = api
        .get(&format!(
            "{LOG}?limit=0&actor=x&operation=dance&vendor_data=%0A&created_after=soon&created_before=late&request_id=a%20b"
        ))
        .await;
    assert_eq!(reply.status, 400);
    let errors = reply.json();
    let names: Vec<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "actor",
        "created_after",
        "created_before",
        "limit",
        "operation",
        "request_id",
        "vendor_data",
    ];
    assert_eq!(names, expected);
    assert_eq!(errors["actor"], json!(["Must be a valid UUID."]));
    let operations = errors["operation"][0].as_str().unwrap();
    assert!(operations.contains("report-sessions, "), "{operations}");
    let reply = api.get(&format!("{LOG}?user=ada&offset=1")).await;
    assert_eq!(reply.header("x-ignored-fields"), Some("user, offset"));
}

#[actix_web::test]
async fn an_erased_entry_is_shown_without_personal_data() {
    let api = Api::new().await;
    create_history(&api).await;
    let before = results(&api.get(LOG).await);
    let id = AuditId::parse(before[2]["uuid"].as_str().unwrap()).unwrap();
    api.store.erase_audit_detail(api.application.id, id);
    let mut expected = before[2].clone();
    for name in [
        "vendor_data",
        "comment",
        "previous_status",
        "new_status",
        "previous_value",
        "new_value",
        "trigger",
        "about",
        "overrides_verified",
    ] {
        expected[name] = Value::Null;
    }
    expected["actor"]["name"] = Value::Null;
    expected["actor"]["ip"] = Value::Null;
    expected["erased"] = true.into();
    let after = results(&api.get(LOG).await);
    assert_eq!(after[2], expected);
    assert_eq!((&after[..2], &after[3..]), (&before[..2], &before[3..]));
    let activity: Reply = api.get("/v3/users/ada/activity/").await;
    assert_eq!(results(&activity)[0]["comment"], Value::Null);
}
