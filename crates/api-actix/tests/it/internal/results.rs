//! Tests of the results: one per item, in order, independent of the other items; and of calls whose store fails.

use std::sync::Arc;

use serde_json::{Value, json};
use users_domain::model::KeyKind;
use users_domain::ports::{MockUserReader, MockUserStore, WriteError};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, one_of_each, risk, session, transaction};
use crate::failures::{assert_unavailable, unavailable};
use crate::support::{Api, run_tasks};

const OTHER_CONTENT: &str = "This revision was reported before with other content.";

#[actix_web::test]
async fn an_erroneous_item_does_not_affect_the_others() {
    let api = Api::new().await;
    let session_of = |vendor_data: &str, id: &str, revision: u64| {
        session(json!({"vendor_data": vendor_data, "session_id": id, "revision": revision}))
    };
    let (items, expected): (Vec<_>, Vec<_>) = [
        (session_of("ada", "s-1", 2), "applied"),
        (json!("x"), "error"),
        (session_of("ada", "s-1", 1), "stale"),
        (session_of("ada", "s-2", 0), "error"),
        (session_of("bob", "s-1", 3), "error"),
        (session_of("bob", "s-3", 1), "applied"),
        (session_of("ada", "s-1", 2), "duplicate"),
        (session(json!({"revision": 2, "status": "Approved"})), "error"),
        (session_of("create", "s-4", 1), "error"),
        (session_of("ada", "s-1", 3), "applied"),
    ]
    .into_iter()
    .unzip();
    let reply = api.report(SESSIONS, &json!(items)).await;
    assert_eq!(reply.column("outcome"), expected);
    assert_eq!(reply.json()["errors"], 5);
    let results = reply.rows();
    let other_user = "By its id, this session belongs to another user.";
    assert_eq!(results[4]["errors"], json!({"vendor_data": [other_user]}));
    assert_eq!(results[7]["errors"], json!({"revision": [OTHER_CONTENT]}));
    let ada = api.get("/v3/users/ada/").await.json();
    assert_eq!(
        results[9]["user"],
        json!({
            "didit_internal_id": ada["didit_internal_id"], "vendor_data": "ada", "status": "ACTIVE",
            "version": ada["version"],
        })
    );
    assert_eq!(results[0]["user"]["version"], 1);
    assert_eq!(results[2]["user"], results[0]["user"], "a stale report does not change the user");
    assert_eq!(results[5]["user"]["vendor_data"], "bob");
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
    let reply = api.report(TRANSACTIONS, &items).await;
    assert_eq!(reply.column("outcome"), ["applied", "error", "error", "applied", "applied"]);
    let results = reply.rows();
    let other_user = "By its id, this transaction belongs to another user.";
    assert_eq!(results[1]["errors"], json!({"vendor_data": [other_user]}));
    assert_eq!(results[2]["errors"], json!({"revision": [OTHER_CONTENT]}));
    let statuses = [0, 3, 4].map(|index: usize| &results[index]["user"]["status"]);
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
    let reply = api.report(RISKS, &items).await;
    assert_eq!(reply.column("outcome"), ["applied", "duplicate", "error", "error", "applied"]);
    let results = reply.rows();
    let other_content = "This risk event was reported before with other content.";
    assert_eq!(results[2]["errors"], json!({"event_id": [other_content]}));
    let other_user = "By its id, this risk event belongs to another user.";
    assert_eq!(results[3]["errors"], json!({"vendor_data": [other_user]}));
    let statuses = [0, 1, 4].map(|index: usize| &results[index]["user"]["status"]);
    assert_eq!(statuses, ["FLAGGED", "FLAGGED", "BLOCKED"]);
    let comments = &api.get("/v3/users/ada/").await.json()["comments"];
    for (index, kind, text) in [
        (1, "COMMENT", "a blocklist had a match"),
        (2, "STATUS_CHANGED", "a hit"),
        (3, "COMMENT", "ongoing AML screening had a hit: a hit"),
    ] {
        let comment: &Value = &comments[index];
        assert_eq!((&comment["comment_type"], &comment["comment"]), (&json!(kind), &json!(text)));
    }
}

#[actix_web::test]
async fn a_late_report_of_a_deleted_user_creates_no_user() {
    let api = Api::new().await;
    api.reported(SESSIONS, &session(json!({}))).await;
    api.delete_users(&["ada"]).await;
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

/// The operation and the new value of each entry about erroneous reports.
async fn recorded_errors(api: &Api) -> Vec<(Value, Value)> {
    run_tasks().await;
    let entries = api.get("/v3/audit-log/").await.rows().into_iter();
    let errors = entries.filter(|entry| entry["kind"] == "REPORTS_REFUSED");
    errors.map(|entry| (entry["operation"].clone(), entry["new_value"].clone())).collect()
}

#[actix_web::test]
async fn errors_are_recorded_once_a_minute_without_their_values() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    let unknown_feature = session(json!({"session_id": "s-2", "features": {"X": "Y"}}));
    api.reported(SESSIONS, &unknown_feature).await;
    assert_eq!(recorded_errors(&api).await, []);
    let items = json!([
        {"session_id": "secret"},
        session(json!({"status": "secret"})),
        session(json!({})),
        "secret",
    ]);
    let key = api.key(KeyKind::Service).await;
    for _ in 0..2 {
        let reply = api.with_key(&key, "POST", SESSIONS).json(&items).send().await;
        assert_eq!(reply.json()["errors"], 3);
    }
    let unknown = risk(json!({"vendor_data": "secret", "detail": "secret"}));
    assert_eq!(api.report(RISKS, &unknown).await.json()["errors"], 1);
    assert_eq!(api.report(TRANSACTIONS, &json!([])).await.json()["errors"], 0);

    let mut recorded = recorded_errors(&api).await;
    recorded.sort_by_key(|(operation, _)| operation.to_string());
    let of_risks =
        json!({"errors": 1, "reasons": ["vendor_data: There is no user with this vendor_data."]});
    let of_sessions = json!({"errors": 3, "reasons": [
        "non_field_errors: Invalid data. Expected a dictionary, but got str.",
        "occurred_at: This field is required.",
        "revision: This field is required.",
        "status: This field is required.",
        "status: is not a valid choice.",
        "vendor_data: This field is required.",
    ]});
    assert_eq!(
        recorded,
        [(json!("report-risks"), of_risks), (json!("report-sessions"), of_sessions)]
    );
}

/// No partial result is returned, because the client can repeat the whole call.
#[actix_web::test]
async fn a_failure_of_the_store_fails_the_whole_call() {
    let mut store = MockUserStore::new();
    let mut calls = 0;
    store.expect_commit().returning(move |_, mutations| {
        calls += 1;
        match calls {
            1..=6 => Err(unavailable()),
            7 => Ok(mutations.iter().map(|_| Err(WriteError::Contended)).collect()),
            // A defect: a store returns one result for each mutation.
            _ => Ok(Vec::new()),
        }
    });
    let api = Api::with(|ports| ports.users = Arc::new(store)).await;
    for (uri, item) in one_of_each() {
        assert_unavailable(&api.report(uri, &item).await);
        assert_unavailable(&api.report(uri, &json!([item, {}])).await);
    }
    let item = session(json!({}));
    assert_unavailable(&api.report(SESSIONS, &item).await);
    let detail = "The service failed to answer this request.";
    api.report(SESSIONS, &item).await.assert(500, &json!({ "detail": detail }));
}

#[actix_web::test]
async fn a_status_that_cannot_be_read_returns_503() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        reader.expect_status().returning(|_, _| Err(unavailable()));
        ports.reader = Arc::new(reader);
    })
    .await;
    assert_unavailable(&api.enforcement("ada").await);
}
