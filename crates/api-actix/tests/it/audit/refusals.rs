use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use users_domain::model::{ApplicationId, AuditEntry, KeyKind, Role};
use users_domain::ports::{AuditTrail, MockAuditTrail, StoreError};

use crate::failures::unavailable;
use crate::support::{Api, Reply, run_tasks};

async fn call(api: &Api, key: &str, method: &str, uri: &str) -> Reply {
    let call = api.with_key(key, method, uri).json(&json!({ "status": "BLOCKED" }));
    let reply = call.send().await;
    run_tasks().await;
    reply
}

/// Asserts that a call is refused, whether or not its audit entry can be written.
async fn assert_refused(api: &Api, key: &str, method: &str, uri: &str) {
    let detail = "You do not have permission to perform this action.";
    call(api, key, method, uri).await.assert(403, &json!({ "detail": detail }));
}

#[actix_web::test]
async fn refusals_are_recorded_once_per_key_operation_and_minute() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    api.user("ada").await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let another = api.key(KeyKind::Role(Role::Reader)).await;
    for _ in 0..3 {
        assert_refused(&api, &reader, "POST", "/v3/users/delete/").await;
        assert_refused(&api, &reader, "PATCH", "/v3/users/ada/update-status/").await;
        assert_refused(&api, &reader, "PATCH", "/v3/users/bob/update-status/").await;
    }
    assert_refused(&api, &another, "POST", "/v3/users/delete/").await;
    api.clock.advance(60_000_000);
    assert_refused(&api, &reader, "POST", "/v3/users/delete/").await;

    let entries = api.get("/v3/audit-log/").await.rows().into_iter();
    let is_refusal = |entry: &Value| entry["kind"] == "PERMISSION_REFUSED";
    let (refusals, others): (Vec<Value>, Vec<Value>) = entries.partition(is_refusal);
    assert_eq!((others.len(), &others[0]["kind"]), (1, &json!("CREATED")));
    let mut operations = Vec::new();
    for refusal in &refusals {
        assert_eq!(refusal["actor"]["role"], "READER");
        assert_eq!(refusal["vendor_data"], Value::Null);
        operations.push(refusal["operation"].as_str().unwrap());
    }
    operations.sort_unstable();
    assert_eq!(operations, ["delete", "delete", "delete", "update-status"]);
    let activity = api.get("/v3/users/ada/activity/").await;
    assert_eq!(activity.column("comment_type"), ["CREATED"]);
}

#[actix_web::test]
async fn refusals_of_the_wrong_kind_of_key_are_recorded() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    assert_refused(&api, &service, "GET", "/v3/users/").await;
    assert_refused(&api, &api.owner, "POST", "/internal/v1/session-events/").await;
    call(&api, "sk_live_nobody", "POST", "/v3/users/delete/").await;
    let log = api.get("/v3/audit-log/").await;
    assert_eq!(log.column("operation"), ["report-sessions", "list"]);
    assert_eq!(log.rows()[1]["actor"]["kind"], "service");
}

/// An audit trail that never responds. Counts the calls.
struct HangingTrail(AtomicUsize);

#[async_trait]
impl AuditTrail for HangingTrail {
    async fn append(&self, _: ApplicationId, _: Vec<AuditEntry>) -> Result<(), StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[actix_web::test]
async fn responses_do_not_wait_for_entries_and_one_task_writes() {
    let trail = Arc::new(HangingTrail(AtomicUsize::new(0)));
    let hanging = Arc::clone(&trail);
    let api = Api::with(|ports| ports.trail = hanging).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    assert_refused(&api, &reader, "POST", "/v3/users/delete/").await;
    assert_refused(&api, &reader, "POST", "/v3/users/create/").await;
    assert_eq!(trail.0.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_failed_entry_is_written_at_the_next_refusal() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mut trail = MockAuditTrail::new();
    trail.expect_append().returning(move |_, _| {
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(unavailable());
        }
        Ok(())
    });
    let api = Api::with(|ports| ports.trail = Arc::new(trail)).await;
    api.clock.tick_by(0);
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    for _ in 0..4 {
        assert_refused(&api, &reader, "POST", "/v3/users/delete/").await;
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
