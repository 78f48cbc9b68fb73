//! Tests of the log lines of a request, and of data that must not be logged.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Once};

use serde_json::{Value, json};
use users_domain::ports::{MockUserReader, StoreError};

use crate::internal::{RISKS, SESSIONS, risk, session};
use crate::support::Api;
use crate::webhooks::path;

thread_local! {
    /// The log of this thread, once it is captured. A test and all that it calls run on one thread.
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to the captured log of the current thread.
struct CapturedLog;

impl Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| {
            if let Some(captured) = captured {
                captured.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Captures all log lines of this thread from now on, at every level.
///
/// The subscriber is global: with one per thread, `tracing` could cache a call site that another test reached first as
/// disabled.
fn capture() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| CapturedLog)
            .init();
    });
    CAPTURED.set(Some(Vec::new()));
}

fn captured() -> String {
    let bytes = CAPTURED.with_borrow(|captured| captured.clone().unwrap());
    String::from_utf8(bytes).unwrap()
}

/// Returns the captured log. Asserts that it has a line for each call, and no secret.
fn assert_no_secret(calls: usize) -> String {
    let text = captured();
    assert!(text.lines().count() >= calls, "{text}");
    // The route of a rotation contains the word `secret`.
    assert!(!text.replace("rotate-secret", "").contains("secret"), "{text}");
    text
}

/// Returns the lines that the API itself has logged.
fn lines() -> Vec<Value> {
    let text = captured();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"].as_str().unwrap().starts_with("api_actix")).collect()
}

#[actix_web::test]
async fn each_request_is_logged_in_one_line() {
    let api = Api::new().await;
    api.user("ada").await;
    capture();
    api.call("GET", "/v3/users/ada").header("x-request-id", "my-request").send().await;
    let answered: Vec<_> =
        lines().into_iter().filter(|line| line["fields"]["message"] == "answered").collect();
    assert_eq!(answered.len(), 1);
    let (fields, span) = (&answered[0]["fields"], &answered[0]["span"]);
    assert_eq!(answered[0]["level"], "INFO");
    assert_eq!(fields["status"], 200);
    assert!(fields["duration_ms"].is_u64());
    assert_eq!(span["name"], "request");
    assert_eq!(span["method"], "GET");
    assert_eq!(span["route"], "/v3/users/{vendor_data}/");
    assert_eq!(span["request_id"], "my-request");
    assert!(uuid::Uuid::parse_str(span["key_id"].as_str().unwrap()).is_ok());
}

#[actix_web::test]
async fn no_personal_data_and_no_secret_is_logged() {
    let api = Api::new().await;
    capture();
    let uri = "/v3/users/secret-name/";
    let body = json!({
        "vendor_data": "secret-name", "full_name": "secret-full-name", "email": "secret@example.org",
        "metadata": {"secret-key": "secret-value"}, "tags": ["secret-tag"],
    });
    api.post("/v3/users/create/?secret-query=1", body.clone()).await;
    api.post("/v3/users/create/", body).await;
    api.post("/v3/users/create/", json!({"vendor_data": 1, "status": "secret-status"})).await;
    api.get(uri).await;
    api.get("/v3/users/?search=secret-name").await;
    api.patch(uri, json!({"status": "BLOCKED", "reason": "secret-reason"})).await;
    api.patch(uri, json!({"status": "FLAGGED"})).await;
    api.post("/v3/users/delete/", json!({"vendor_data_list": ["secret-name"]})).await;
    api.get("/secret-path/").await;
    api.with_key("secret-guess", "GET", uri).send().await;
    let text = assert_no_secret(10);
    assert!(!text.contains(&api.owner), "{text}");
}

#[actix_web::test]
async fn no_data_of_a_destination_is_logged() {
    let api = Api::new().await;
    capture();
    let created = api.destination("https://secret-host.example.org/secret-token").await;
    let at = |rest: &str| path(&created, rest);
    let rotated = api.call("POST", &at("rotate-secret/")).send().await.json();
    api.patch(&at(""), json!({"label": "secret-label"})).await;
    api.patch(&at(""), json!({"label": 1, "subscribed_events": ["secret.event"]})).await;
    api.receiver.answers_next(500, "secret-answer");
    api.call("POST", &at("test/")).send().await;
    api.get(&at("deliveries/?cursor=secret-cursor")).await;
    api.get(&at("secret-path/")).await;
    let text = assert_no_secret(7);
    for shown in [&created, &rotated] {
        for name in ["secret_shared_key", "standard_secret"] {
            assert!(!text.contains(shown[name].as_str().unwrap()), "{text}");
        }
    }
}

#[actix_web::test]
async fn no_data_of_a_report_is_logged() {
    let api = Api::new().await;
    capture();
    let session = session(json!({
        "session_id": "secret-session", "vendor_data": "secret-name", "status": "Approved",
        "identity": {"full_name": "secret-full-name"}, "approved_emails": ["secret@example.org"], "secret-key": 1,
    }));
    let wrong = json!({"session_id": "secret-session", "status": "secret-status"});
    api.report(SESSIONS, &json!([session, wrong, "secret"])).await;
    let risk = risk(json!({"vendor_data": "secret-nobody", "detail": "secret-detail"}));
    api.report(RISKS, &risk).await;
    api.enforcement("secret-name").await;
    assert_no_secret(3);
    let warnings = lines().into_iter().filter(|line| line["level"] == "WARN");
    let refused: Vec<_> = warnings
        .map(|line| (line["fields"]["errors"].clone(), line["fields"]["reasons"].clone()))
        .collect();
    let reasons = "non_field_errors: Invalid data. Expected a dictionary, but got str.; \
                   occurred_at: This field is required.; revision: This field is required.; \
                   status: is not a valid choice.; vendor_data: This field is required.";
    let unknown_user = "vendor_data: There is no user with this vendor_data.";
    assert_eq!(refused, [(json!(2), json!(reasons)), (json!(1), json!(unknown_user))]);
}

#[actix_web::test]
async fn a_failure_is_logged_once_with_its_reason() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        let reason = "the row has no version".to_owned();
        reader
            .expect_find()
            .returning(move |_, _| Err(StoreError::Defect { reason: reason.clone() }));
        ports.reader = Arc::new(reader);
    })
    .await;
    capture();
    api.get("/v3/users/ada/").await;
    let errors: Vec<_> = lines().into_iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["fields"]["error"], "a defect: the row has no version");
    assert_eq!(errors[0]["span"]["route"], "/v3/users/{vendor_data}/");
}

#[actix_web::test]
async fn probes_are_logged_at_a_lower_level() {
    let api = Api::new().await;
    for (path, level) in [
        ("/healthz", "DEBUG"),
        ("/readyz", "DEBUG"),
        ("/openapi.json", "INFO"),
        ("/v3/users/", "INFO"),
    ] {
        capture();
        api.get(path).await;
        let lines = lines();
        let answered = lines.iter().find(|line| line["fields"]["message"] == "answered");
        assert_eq!(answered.unwrap()["level"], level, "{path}");
    }
}
