use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use users_domain::model::{ApplicationId, AuditEntry, KeyKind, Role};
use users_domain::ports::{AuditTrail, MockAuditTrail, StoreError};

use super::{members, results};
use crate::support::{Api, Reply};

/// What waits is written as soon as nobody else works.
async fn written() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

async fn call(api: &Api, key: &str, method: &str, uri: &str) -> Reply {
    let call = api.anonymous(method, uri).header("x-api-key", key);
    call.json(&json!({ "status": "BLOCKED" })).send().await
}

/// The answer is the same whatever becomes of the note.
async fn refused(api: &Api, key: &str, method: &str, uri: &str) {
    let reply = call(api, key, method, uri).await;
    let detail = "You do not have permission to perform this action.";
    reply.assert(403, &json!({ "detail": detail }));
    written().await;
}

#[actix_web::test]
async fn what_a_role_does_not_allow_is_noted_once_per_key_operation_and_minute() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    api.user("ada").await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let another = api.key(KeyKind::Role(Role::Reader)).await;
    for _ in 0..3 {
        refused(&api, &reader, "POST", "/v3/users/delete/").await;
        refused(&api, &reader, "PATCH", "/v3/users/ada/update-status/").await;
        refused(&api, &reader, "PATCH", "/v3/users/bob/update-status/").await;
    }
    refused(&api, &another, "POST", "/v3/users/delete/").await;
    api.clock.advance(60_000_000);
    refused(&api, &reader, "POST", "/v3/users/delete/").await;

    let entries = results(&api.get("/v3/audit-log/").await);
    let is_note = |entry: &Value| entry["kind"] == "PERMISSION_REFUSED";
    let (noted, made): (Vec<Value>, Vec<Value>) = entries.into_iter().partition(is_note);
    assert_eq!(members(&made, "kind"), ["CREATED"]);
    let mut operations = members(&noted, "operation");
    operations.sort_unstable();
    assert_eq!(operations, ["delete", "delete", "delete", "update-status"]);
    for note in &noted {
        assert_eq!(note["actor"]["role"], "READER");
        assert_eq!(note["vendor_data"], Value::Null);
    }
    let activity = results(&api.get("/v3/users/ada/activity/").await);
    assert_eq!(members(&activity, "comment_type"), ["CREATED"]);
}

#[actix_web::test]
async fn a_key_of_the_other_kind_is_noted_and_no_key_is_not() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    refused(&api, &service, "GET", "/v3/users/").await;
    let owner = api.owner.clone();
    refused(&api, &owner, "POST", "/internal/v1/session-events/").await;
    call(&api, "sk_live_nobody", "POST", "/v3/users/delete/").await;
    written().await;
    let entries = results(&api.get("/v3/audit-log/").await);
    assert_eq!(members(&entries, "operation"), ["report-sessions", "list"]);
    assert_eq!(entries[1]["actor"]["kind"], "service");
}

/// Takes entries in and never answers.
struct Silent(AtomicUsize);

#[async_trait]
impl AuditTrail for Silent {
    async fn append(&self, _: ApplicationId, _: Vec<AuditEntry>) -> Result<(), StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[actix_web::test]
async fn no_answer_waits_for_its_note_and_one_task_writes_at_a_time() {
    let trail = Arc::new(Silent(AtomicUsize::new(0)));
    let silent = Arc::clone(&trail);
    let api = Api::with(|ports| ports.trail = silent).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    refused(&api, &reader, "POST", "/v3/users/delete/").await;
    refused(&api, &reader, "POST", "/v3/users/create/").await;
    assert_eq!(trail.0.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn what_could_not_be_written_is_tried_again_when_it_happens_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let mut trail = MockAuditTrail::new();
    trail.expect_append().returning(move |_, _| {
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            let reason = "away".to_owned();
            return Err(StoreError::Unavailable { reason });
        }
        Ok(())
    });
    let api = Api::with(|ports| ports.trail = Arc::new(trail)).await;
    api.clock.tick_by(0);
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    for _ in 0..4 {
        refused(&api, &reader, "POST", "/v3/users/delete/").await;
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
