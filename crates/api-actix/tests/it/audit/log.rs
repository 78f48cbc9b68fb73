use serde_json::{Value, json};
use users_domain::model::{AuditId, KeyKind, Role};

use super::concat;
use crate::support::{Api, with};

const LOG: &str = "/v3/audit-log/";

/// An API in which `ada` was created and a compliance officer blocked her, then `bob` was created and deleted.
async fn history() -> Api {
    let api = Api::new().await;
    let officer = api.key(KeyKind::Role(Role::ComplianceOfficer)).await;
    let create = api.call("POST", "/v3/users/create/").header("x-request-id", "case-1");
    create.json(&json!({ "vendor_data": "ada" })).send().await;
    let block = api.with_key(&officer, "PATCH", "/v3/users/ada/update-status/");
    let block = block.header("x-request-id", "case-2").from("192.0.2.7");
    let blocked = json!({ "status": "BLOCKED", "reason": "Confirmed." });
    block.json(&blocked).send().await.body_of(200);
    api.user("bob").await;
    api.delete_users(&["bob"]).await;
    api
}

#[actix_web::test]
async fn an_entry_has_actor_operation_user_values_and_time() {
    let api = history().await;
    let reply = api.get(LOG).await;
    assert_eq!(reply.column("operation"), ["delete", "create", "update-status", "create"]);
    let rows = reply.rows();
    let blocked = &rows[2];
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
    let page = reply.json();
    for name in ["count", "next", "previous"] {
        assert_eq!(page[name], Value::Null, "{name}");
    }
}

#[actix_web::test]
async fn filters_work_alone_and_combined() {
    let api = history().await;
    let all = api.get(LOG).await.rows();
    let key_of = |index: usize| all[index]["actor"]["key_uuid"].as_str().unwrap();
    let (officer, owner) = (key_of(2), key_of(3));
    let at = all[2]["created_at"].as_str().unwrap();
    for (query, expected) in [
        (&*format!("actor={officer}"), &[2][..]),
        (&format!("actor={owner}"), &[0, 1, 3]),
        ("operation=delete", &[0]),
        ("operation=report-sessions", &[]),
        ("vendor_data=ada", &[2, 3]),
        // `bob` is deleted.
        ("vendor_data=bob", &[0, 1]),
        ("vendor_data=nobody", &[]),
        ("request_id=case-1", &[3]),
        (&format!("created_after={at}"), &[0, 1, 2]),
        (&format!("created_before={at}"), &[3]),
        (&format!("vendor_data=ada&actor={owner}&operation=create"), &[3]),
        (&format!("vendor_data=bob&actor={officer}"), &[]),
        ("actor=&operation=", &[0, 1, 2, 3]),
    ] {
        let expected: Vec<Value> =
            expected.iter().map(|index: &usize| all[*index].clone()).collect();
        assert_eq!(api.get(&format!("{LOG}?{query}")).await.rows(), expected, "{query}");
    }
}

#[actix_web::test]
async fn links_keep_the_filters_and_lead_both_ways() {
    let api = history().await;
    for number in 0..5 {
        api.user(&format!("user {number}")).await;
    }
    let whole = api.get(&format!("{LOG}?operation=create")).await.rows();
    assert_eq!(whole.len(), 7);
    let pages = api.walk(&format!("{LOG}?operation=create&limit=2"), "next").await;
    assert_eq!((pages.len(), concat(&pages)), (4, whole));
    let back = api.get(&pages[1].link("previous").unwrap()).await;
    assert_eq!((back.rows(), back.link("previous")), (pages[0].rows(), None));

    let next = pages[0].link("next").unwrap();
    let same = api.get(&format!("{next}&operation=create")).await;
    assert_eq!(same.rows().len(), 2);
    let other = "operation=delete&actor=00000000-0000-0000-0000-000000000001";
    let message = "Must be as in the request that the cursor came from, or left out.";
    let errors = json!({ "operation": [message], "actor": [message] });
    api.get(&format!("{next}&{other}")).await.assert(400, &errors);
}

#[actix_web::test]
async fn foreign_and_malformed_cursors_are_refused() {
    let api = history().await;
    let next = api.get(&format!("{LOG}?limit=1")).await.link("next").unwrap();
    let invalid = json!({ "cursor": ["Invalid cursor."] });
    let stranger = api.strangers_key().await;
    api.with_key(&stranger, "GET", &next).send().await.assert(400, &invalid);
    let activity_page = api.get("/v3/users/ada/activity/?limit=1").await.link("next").unwrap();
    let (_, query) = activity_page.split_once('?').unwrap();
    for query in [query, "cursor=x", "cursor=eA"] {
        api.get(&format!("{LOG}?{query}")).await.assert(400, &invalid);
    }
}

#[actix_web::test]
async fn all_parameters_are_checked_and_unknown_ones_are_named() {
    let api = Api::new().await;
    let invalid = [
        "actor=x",
        "created_after=soon",
        "created_before=late",
        "limit=0",
        "operation=dance",
        "request_id=a%20b",
        "vendor_data=%0A",
    ];
    let errors = api.get(&format!("{LOG}?{}", invalid.join("&"))).await.body_of(400);
    let names: Vec<_> = errors.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, invalid.map(|parameter| parameter.split('=').next().unwrap()));
    assert_eq!(errors["actor"], json!(["Must be a valid UUID."]));
    let operations = errors["operation"][0].as_str().unwrap();
    assert!(operations.contains("report-sessions, "), "{operations}");
    let reply = api.get(&format!("{LOG}?user=ada&offset=1")).await;
    assert_eq!(reply.ignored(), Some("user, offset"));
}

#[actix_web::test]
async fn an_erased_entry_is_shown_without_personal_data() {
    let api = history().await;
    let before = api.get(LOG).await.rows();
    let id = AuditId::parse(before[2]["uuid"].as_str().unwrap()).unwrap();
    api.store.erase_audit_detail(api.application.id, id);
    let erased = json!({
        "vendor_data": null, "comment": null, "previous_status": null, "new_status": null, "previous_value": null,
        "new_value": null, "trigger": null, "about": null, "overrides_verified": null, "erased": true,
        "actor": with(before[2]["actor"].clone(), json!({"name": null, "ip": null})),
    });
    let after = api.get(LOG).await.rows();
    assert_eq!(after[2], with(before[2].clone(), erased));
    assert_eq!((&after[..2], &after[3..]), (&before[..2], &before[3..]));
    let activity = api.get("/v3/users/ada/activity/").await;
    assert_eq!(activity.rows()[0]["comment"], Value::Null);
}
