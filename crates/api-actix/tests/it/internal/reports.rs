//! Tests of the effects of reports on a user, as seen through the public API.

use serde_json::{Value, json};
use users_domain::model::UserField;

use super::{RISKS, TRANSACTIONS, risk, transaction};
use crate::support::Api;

const URI: &str = "/v3/users/ada/";

#[actix_web::test]
async fn reports_flag_and_block_a_user() {
    let api = Api::new().await;
    let flags = transaction(json!({"status": "IN_REVIEW", "rule_actions": ["flag"]}));
    let result = api.reported(TRANSACTIONS, &flags).await;
    assert_eq!(result["user"]["status"], "FLAGGED");
    let clears = json!({"status": "ACTIVE", "reason": "it was a gift"});
    api.patch(URI, clears).await.body_of(200);
    let again = api.reported(TRANSACTIONS, &flags).await;
    assert_eq!(again["outcome"], "duplicate");
    assert_eq!(again["user"]["status"], "ACTIVE", "an old flag stays cleared");
    let fraud = risk(json!({"kind": "blocklist_match", "detail": "the document is known"}));
    assert_eq!(api.reported(RISKS, &fraud).await["user"]["status"], "BLOCKED");
    let mut changes = api.get(URI).await.json()["comments"].as_array().unwrap().clone();
    changes.retain(|comment| comment["comment_type"] == "STATUS_CHANGED");
    for (change, status, text) in [
        (&changes[0], "BLOCKED", "the document is known"),
        (&changes[1], "ACTIVE", "it was a gift"),
        (&changes[2], "FLAGGED", "a rule requests flag for transaction t-1"),
    ] {
        assert_eq!((&change["new_status"], &change["comment"]), (&json!(status), &json!(text)));
    }
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
