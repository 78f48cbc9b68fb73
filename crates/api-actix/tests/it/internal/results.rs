//! Tests of the results: one per item, in order, independent of the other items.

use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

fn outcomes(results: &Value) -> Vec<&str> {
    let results = results["results"].as_array().unwrap();
    let outcomes = results.iter().map(|result| result["outcome"].as_str().unwrap());
    outcomes.collect()
}

#[actix_web::test]
async fn an_erroneous_item_does_not_affect_the_others() {
    let api = Api::new().await;
    let session_of = |vendor_data: &str, id: &str, revision: u64| {
        session(json!({"vendor_data": vendor_data, "session_id": id, "revision": revision}))
    };
    let reply = api
        .report(
            SESSIONS,
            &json!([
                session_of("ada", "s-1", 2),
                "x",
                session_of("ada", "s-1", 1),
                session_of("ada", "s-2", 0),
                session_of("bob", "s-1", 3),
                session_of("bob", "s-3", 1),
                session_of("ada", "s-1", 2),
                session(json!({"revision": 2, "status": "Approved"})),
                session_of("create", "s-4", 1),
                session_of("ada", "s-1", 3),
            ]),
        )
        .await;
    let results = reply.json();
    assert_eq!(
        outcomes(&results),
        [
            "applied",
            "error",
            "stale",
            "error",
            "error",
            "applied",
            "duplicate",
            "error",
            "error",
            "applied",
        ]
    );
    let errors = |index: usize| &results["results"][index]["errors"];
    assert_eq!(
        *errors(4),
        json!({"vendor_data": ["By its id, this session belongs to another user."]})
    );
    assert_eq!(
        *errors(7),
        json!({"revision": ["This revision was reported before with other content."]})
    );
    assert_eq!(results["errors"], 5);
    let user = |index: usize| &results["results"][index]["user"];
    let ada = api.get("/v3/users/ada/").await.json();
    assert_eq!(
        *user(9),
        json!({
            "didit_internal_id": ada["didit_internal_id"], "vendor_data": "ada", "status": "ACTIVE",
            "version": ada["version"],
        })
    );
    assert_eq!(user(0)["version"], 1);
    assert_eq!(user(2), user(0), "a stale report of a known time does not change the user");
    assert_eq!(user(5)["vendor_data"], "bob");
    assert_eq!(ada["session_count"], 1);
    assert_eq!(api.get("/v3/users/bob/").await.json()["session_count"], 1);
}

#[actix_web::test]
async fn a_transaction_cannot_change_its_user_or_a_reported_revision() {
    let api = Api::new().await;
    let items = json!([
        transaction(json!({})),
        transaction(json!({"vendor_data": "bob"})),
        transaction(json!({"rule_actions": ["flag"]})),
        transaction(json!({"revision": 2, "rule_actions": ["flag"]})),
        transaction(json!({"transaction_id": "t-2", "rule_actions": ["flag", "block"]})),
    ]);
    let results = api.report(TRANSACTIONS, &items).await.json();
    assert_eq!(outcomes(&results), ["applied", "error", "error", "applied", "applied"]);
    assert_eq!(
        results["results"][1]["errors"],
        json!({"vendor_data": ["By its id, this transaction belongs to another user."]})
    );
    assert_eq!(
        results["results"][2]["errors"],
        json!({"revision": ["This revision was reported before with other content."]})
    );
    let statuses = [0, 3, 4].map(|index: usize| &results["results"][index]["user"]["status"]);
    assert_eq!(statuses, ["ACTIVE", "FLAGGED", "BLOCKED"]);
    assert_eq!(api.get("/v3/users/bob/").await.status, 404);
}

#[actix_web::test]
async fn a_risk_event_needs_an_existing_user() {
    let api = Api::new().await;
    let unknown = json!({"vendor_data": ["There is no user with this vendor_data."]});
    let reply = api.report(RISKS, &risk(json!({}))).await;
    reply.assert(200, &json!({"results": [{"outcome": "error", "errors": unknown}], "errors": 1}));
    api.user("ada").await;
    api.user("bob").await;
    let items = json!([
        risk(json!({"detail": "a hit"})),
        risk(json!({"detail": "a hit"})),
        risk(json!({"detail": "another hit"})),
        risk(json!({"vendor_data": "bob", "detail": "a hit"})),
        risk(json!({"event_id": "r-2", "kind": "blocklist_match"})),
    ]);
    let results = api.report(RISKS, &items).await.json();
    assert_eq!(outcomes(&results), ["applied", "duplicate", "error", "error", "applied"]);
    assert_eq!(
        results["results"][2]["errors"],
        json!({"event_id": ["This risk event was reported before with other content."]})
    );
    assert_eq!(
        results["results"][3]["errors"],
        json!({"vendor_data": ["By its id, this risk event belongs to another user."]})
    );
    let statuses = [0, 1, 4].map(|index: usize| &results["results"][index]["user"]["status"]);
    assert_eq!(statuses, ["FLAGGED", "FLAGGED", "BLOCKED"]);
    let comments = &api.get("/v3/users/ada/").await.json()["comments"];
    let shown = |index: usize| (&comments[index]["comment_type"], &comments[index]["comment"]);
    assert_eq!(shown(1), (&json!("COMMENT"), &json!("a blocklist had a match")));
    assert_eq!(shown(2), (&json!("STATUS_CHANGED"), &json!("a hit")));
    assert_eq!(shown(3), (&json!("COMMENT"), &json!("ongoing AML screening had a hit: a hit")));
}

#[actix_web::test]
async fn a_late_report_of_a_deleted_user_creates_no_user() {
    let api = Api::new().await;
    api.reported(SESSIONS, &session(json!({}))).await;
    let body = json!({"vendor_data_list": ["ada"]});
    assert_eq!(api.post("/v3/users/delete/", body).await.status, 200);
    let late = session(json!({"revision": 2, "status": "Approved", "occurred_at": EARLIER}));
    for outcome in ["applied", "duplicate"] {
        let reply = api.report(SESSIONS, &late).await;
        reply.assert(200, &json!({"results": [{ "outcome": outcome }], "errors": 0}));
    }
    assert_eq!(api.get("/v3/users/ada/").await.status, 404);
    let other = session(json!({"session_id": "s-2"}));
    let user = api.reported(SESSIONS, &other).await;
    assert_eq!(user["user"]["version"], 1, "a new session creates a new user");
}
