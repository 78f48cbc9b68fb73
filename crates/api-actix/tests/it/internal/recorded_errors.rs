//! Tests of the audit entries of erroneous reports.

use serde_json::{Value, json};
use users_domain::model::KeyKind;

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session};
use crate::support::Api;

/// Runs the task that writes queued entries.
async fn write_queued_entries() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

async fn entries(api: &Api) -> Vec<Value> {
    write_queued_entries().await;
    let entries = api.get("/v3/audit-log/").await.json()["results"].clone();
    let entries = entries.as_array().unwrap().clone();
    let is_error_entry = |entry: &Value| entry["kind"] == "REPORTS_REFUSED";
    entries.into_iter().filter(is_error_entry).collect()
}

#[actix_web::test]
async fn errors_are_counted_and_recorded_without_their_values() {
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
    assert_eq!(api.report(TRANSACTIONS, &json!([])).await.json()["errors"], 0);

    let entries = entries(&api).await;
    let recorded_errors = |operation: &str| {
        let mut matching = entries.iter().filter(|entry| entry["operation"] == operation);
        let recorded_errors = matching.next().map(|entry| entry["new_value"].clone());
        assert!(matching.next().is_none(), "one entry per minute");
        recorded_errors
    };
    assert_eq!(
        recorded_errors("report-sessions"),
        Some(json!({"errors": 3, "reasons": [
            "non_field_errors: Invalid data. Expected a dictionary, but got str.",
            "occurred_at: This field is required.",
            "revision: This field is required.",
            "status: This field is required.",
            "status: is not a valid choice.",
            "vendor_data: This field is required.",
        ]}))
    );
    let unknown_user = "vendor_data: There is no user with this vendor_data.";
    let expected = json!({"errors": 1, "reasons": [unknown_user]});
    assert_eq!(recorded_errors("report-risks"), Some(expected));
    assert_eq!(recorded_errors("report-transactions"), None);
    assert!(!Value::from(entries).to_string().contains("secret"));
}

#[actix_web::test]
async fn accepted_reports_are_not_recorded() {
    let api = Api::new().await;
    for _ in 0..2 {
        api.reported(SESSIONS, &session(json!({"features": {"X": "Y"}}))).await;
    }
    assert_eq!(entries(&api).await, Vec::<Value>::new());
}
