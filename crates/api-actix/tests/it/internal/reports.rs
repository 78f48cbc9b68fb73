//! Tests of the effects of reports on a user, as seen through the public API.

use serde_json::{Value, json};
use users_domain::model::UserField;

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

const URI: &str = "/v3/users/ada/";

/// Returns an approved session that verifies `ada`.
fn approved() -> Value {
    session(json!({
        "revision": 2, "status": "Approved", "features": {"ID_VERIFICATION": "Approved"},
        "identity": {"full_name": "ADA LOVELACE", "date_of_birth": "1990-12-10", "issuing_state": "GB"},
        "approved_emails": ["ada@example.org", "ada@example.org"],
    }))
}

#[actix_web::test]
async fn reports_verify_flag_and_block_a_user() {
    let api = Api::new().await;
    api.create(json!({"vendor_data": "ada", "full_name": "Ada Byron"})).await;
    api.reported(SESSIONS, &session(json!({}))).await;
    let result = api.reported(SESSIONS, &approved()).await;
    let user = api.get(URI).await.json();
    assert_eq!(result["user"]["version"], user["version"]);
    assert_eq!(user["full_name"], "ADA LOVELACE");
    assert_eq!(user["issuing_states"], json!(["GBR"]));
    assert_eq!(user["approved_emails"], json!(["ada@example.org"]));
    assert_eq!(user["provenance"]["full_name"]["source"], "verified");

    let traces = api.traces();
    let reply = api.patch(URI, json!({"full_name": "Countess"})).await;
    assert_eq!(reply.ignored(), Some("full_name"));
    assert_eq!(reply.json()["full_name"], "ADA LOVELACE");
    assert_eq!(reply.json()["version"], user["version"]);
    assert_eq!(api.traces(), (traces.0 + 1, traces.1), "an audit entry, but no event");

    let flags = transaction(json!({"status": "IN_REVIEW", "rule_actions": ["flag"]}));
    let result = api.reported(TRANSACTIONS, &flags).await;
    assert_eq!(result["user"]["status"], "FLAGGED");
    let enforcement = api.enforcement("ada").await.json();
    assert_eq!(enforcement["new_transaction"], "escalate");
    let clears = json!({"status": "ACTIVE", "reason": "it was a gift"});
    assert_eq!(api.patch(URI, clears).await.status, 200);
    let again = api.reported(TRANSACTIONS, &flags).await;
    assert_eq!(again["outcome"], "duplicate");
    assert_eq!(again["user"]["status"], "ACTIVE", "an old flag stays cleared");

    let fraud = risk(json!({"kind": "blocklist_match", "detail": "the document is known"}));
    let result = api.reported(RISKS, &fraud).await;
    assert_eq!(result["user"]["status"], "BLOCKED");
    assert_eq!(api.enforcement("ada").await.json()["new_session"], "declined");
    let comments = api.get(URI).await.json()["comments"].clone();
    let changes = comments.as_array().unwrap().iter();
    let changes: Vec<_> = changes
        .filter(|comment| comment["comment_type"] == "STATUS_CHANGED")
        .map(|comment| (&comment["new_status"], &comment["comment"]))
        .collect();
    assert_eq!(
        changes,
        [
            (&json!("BLOCKED"), &json!("the document is known")),
            (&json!("ACTIVE"), &json!("it was a gift")),
            (&json!("FLAGGED"), &json!("a rule requests flag for transaction t-1")),
        ]
    );
}

#[actix_web::test]
async fn a_finding_about_a_flagged_user_is_in_its_detail_its_activity_and_an_event() {
    let api = Api::new().await;
    api.user("ada").await;
    api.patch(URI, json!({"status": "FLAGGED"})).await;
    let (_, events) = api.traces();
    let hit = risk(json!({"detail": "OFAC, 97 %"}));
    assert_eq!(api.reported(RISKS, &hit).await["user"]["status"], "FLAGGED");
    let text = json!("ongoing AML screening had a hit: OFAC, 97 %");
    let comment = &api.get(URI).await.json()["comments"][0];
    assert_eq!((&comment["comment_type"], &comment["comment"]), (&json!("COMMENT"), &text));
    assert_eq!(comment["actor_name"], Value::Null);
    let activity = api.get("/v3/users/ada/activity/").await.json();
    assert_eq!(activity["results"][0]["comment"], text);
    let sent = &api.store.events(api.application.id)[events..];
    let [event] = sent else { panic!("{sent:?}") };
    assert_eq!(event.event.payload.changed_fields(), [UserField::Risk]);
    assert_eq!(api.reported(RISKS, &hit).await["outcome"], "duplicate");
    assert_eq!(api.traces().1, events + 1);
}
