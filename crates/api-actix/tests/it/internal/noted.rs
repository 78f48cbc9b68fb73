//! What stays of reports that are errors.

use serde_json::{Value, json};
use users_domain::model::KeyKind;

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session};
use crate::support::Api;

/// What waits is written as soon as nobody else works.
async fn written() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

async fn notes(api: &Api) -> Vec<Value> {
    written().await;
    let entries = api.get("/v3/audit-log/").await.json()["results"].clone();
    let entries = entries.as_array().unwrap().clone();
    let is_note = |entry: &Value| entry["kind"] == "REPORTS_REFUSED";
    entries.into_iter().filter(is_note).collect()
}

#[actix_web::test]
async fn errors_are_counted_beside_the_results_and_noted_without_their_values() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    let items = json!([
        {"session_id": "secret"},
        session(json!({"status": "secret"})),
        session(json!({})),
        "secret",
    ]);
    let key = api.key(KeyKind::Service).await;
    for _ in 0..2 {
        let call = api.anonymous("POST", SESSIONS).header("x-api-key", &key);
        assert_eq!(call.json(&items).send().await.json()["errors"], 3);
    }
    let unknown = risk(json!({"vendor_data": "secret", "detail": "secret"}));
    assert_eq!(api.report(RISKS, &unknown).await.json()["errors"], 1);
    assert_eq!(
        api.report(TRANSACTIONS, &json!([])).await.json()["errors"],
        0
    );

    let notes = notes(&api).await;
    let said = |operation: &str| {
        let mut of = notes.iter().filter(|note| note["operation"] == operation);
        let said = of.next().map(|note| note["new_value"].clone());
        assert!(of.next().is_none(), "one a minute");
        said
    };
    assert_eq!(
        said("report-sessions"),
        Some(json!({"errors": 3, "reasons": [
            "non_field_errors: Invalid data. Expected a dictionary, but got str.",
            "occurred_at: This field is required.",
            "revision: This field is required.",
            "status: This field is required.",
            "status: is not a valid choice.",
            "vendor_data: This field is required.",
        ]}))
    );
    let nobody = "vendor_data: There is no user with this vendor_data.";
    let expected = json!({"errors": 1, "reasons": [nobody]});
    assert_eq!(said("report-risks"), Some(expected));
    assert_eq!(said("report-transactions"), None);
    assert!(!Value::from(notes).to_string().contains("secret"));
}

#[actix_web::test]
async fn what_is_taken_in_is_not_noted() {
    let api = Api::new().await;
    for _ in 0..2 {
        api.reported(SESSIONS, &session(json!({"features": {"X": "Y"}})))
            .await;
    }
    assert_eq!(notes(&api).await, Vec::<Value>::new());
}
