//! What is logged of a request, and what must never be.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Once};

use serde_json::{Value, json};
use users_domain::ports::{MockUserReader, StoreError};

use crate::internal::{RISKS, SESSIONS, risk, session};
use crate::support::Api;
use crate::webhooks::path;

thread_local! {
    /// What this thread has logged, once it listens. A test and all that it calls run on one thread.
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The log of whichever thread writes.
struct Ear;

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| {
            if let Some(heard) = heard {
                heard.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hears everything that this thread logs from here on, down to the last detail.
///
/// The subscriber is the process's: with one for each thread, a place in the code that another test reached first would
/// be taken for one that nobody listens to.
fn listen() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Ear)
            .init();
    });
    HEARD.set(Some(Vec::new()));
}

fn heard() -> String {
    let bytes = HEARD.with_borrow(|heard| heard.clone().unwrap());
    String::from_utf8(bytes).unwrap()
}

/// What the API itself has logged.
fn lines() -> Vec<Value> {
    let text = heard();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["target"].as_str().unwrap().starts_with("api_actix"))
        .collect()
}

#[actix_web::test]
async fn one_line_tells_of_each_request() {
    let api = Api::new().await;
    api.user("ada").await;
    listen();
    api.call("GET", "/v3/users/ada")
        .header("x-request-id", "my-request")
        .send()
        .await;
    let answered: Vec<_> = lines()
        .into_iter()
        .filter(|line| line["fields"]["message"] == "answered")
        .collect();
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
async fn nothing_personal_and_no_secret_is_logged() {
    let api = Api::new().await;
    listen();
    let uri = "/v3/users/secret-name/";
    let body = json!({
        "vendor_data": "secret-name", "full_name": "secret-full-name", "email": "secret@example.org",
        "metadata": {"secret-key": "secret-value"}, "tags": ["secret-tag"],
    });
    api.post("/v3/users/create/?secret-query=1", body.clone())
        .await;
    api.post("/v3/users/create/", body).await;
    api.post(
        "/v3/users/create/",
        json!({"vendor_data": 1, "status": "secret-status"}),
    )
    .await;
    api.get(uri).await;
    api.get("/v3/users/?search=secret-name").await;
    api.patch(uri, json!({"status": "BLOCKED", "reason": "secret-reason"}))
        .await;
    api.patch(uri, json!({"status": "FLAGGED"})).await;
    api.post(
        "/v3/users/delete/",
        json!({"vendor_data_list": ["secret-name"]}),
    )
    .await;
    api.get("/secret-path/").await;
    api.anonymous("GET", uri)
        .header("x-api-key", "secret-guess")
        .send()
        .await;
    let text = heard();
    assert!(text.lines().count() >= 10, "{text}");
    assert!(!text.contains("secret"), "{text}");
    assert!(!text.contains(&api.owner), "{text}");
}

#[actix_web::test]
async fn nothing_of_a_destination_is_logged() {
    let api = Api::new().await;
    listen();
    let created = api
        .destination("https://secret-host.example.org/secret-token")
        .await;
    let at = |rest: &str| path(&created, rest);
    let rotated = api.call("POST", &at("rotate-secret/")).send().await.json();
    api.patch(&at(""), json!({"label": "secret-label"})).await;
    api.patch(
        &at(""),
        json!({"label": 1, "subscribed_events": ["secret.event"]}),
    )
    .await;
    api.receiver.answers_next(500, "secret-answer");
    api.call("POST", &at("test/")).send().await;
    api.get(&at("deliveries/?cursor=secret-cursor")).await;
    api.get(&at("secret-path/")).await;
    let text = heard();
    assert!(text.lines().count() >= 7, "{text}");
    // The route of a rotation has the word in it.
    assert!(
        !text.replace("rotate-secret", "").contains("secret"),
        "{text}"
    );
    for shown in [&created, &rotated] {
        for name in ["secret_shared_key", "standard_secret"] {
            assert!(!text.contains(shown[name].as_str().unwrap()), "{text}");
        }
    }
}

#[actix_web::test]
async fn nothing_of_a_report_is_logged() {
    let api = Api::new().await;
    listen();
    let session = session(json!({
        "session_id": "secret-session", "vendor_data": "secret-name", "status": "Approved",
        "identity": {"full_name": "secret-full-name"}, "approved_emails": ["secret@example.org"], "secret-key": 1,
    }));
    let wrong = json!({"session_id": "secret-session", "status": "secret-status"});
    api.report(SESSIONS, &json!([session, wrong, "secret"]))
        .await;
    let risk = risk(json!({"vendor_data": "secret-nobody", "detail": "secret-detail"}));
    api.report(RISKS, &risk).await;
    api.enforcement("secret-name").await;
    let text = heard();
    assert!(text.lines().count() >= 3, "{text}");
    assert!(!text.contains("secret"), "{text}");
    let warnings = lines().into_iter().filter(|line| line["level"] == "WARN");
    let refused: Vec<_> = warnings
        .map(|line| {
            (
                line["fields"]["errors"].clone(),
                line["fields"]["reasons"].clone(),
            )
        })
        .collect();
    let reasons = "non_field_errors: Invalid data. Expected a dictionary, but got str.; \
                   occurred_at: This field is required.; revision: This field is required.; \
                   status: is not a valid choice.; vendor_data: This field is required.";
    let nobody = "vendor_data: There is no user with this vendor_data.";
    assert_eq!(
        refused,
        [(json!(2), json!(reasons)), (json!(1), json!(nobody))]
    );
}

#[actix_web::test]
async fn a_failure_is_logged_once_with_its_reason() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        let reason = "the row has no version".to_owned();
        reader.expect_find().returning(move |_, _| {
            Err(StoreError::Defect {
                reason: reason.clone(),
            })
        });
        ports.reader = Arc::new(reader);
    })
    .await;
    listen();
    api.get("/v3/users/ada/").await;
    let errors: Vec<_> = lines()
        .into_iter()
        .filter(|line| line["level"] == "ERROR")
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0]["fields"]["error"],
        "a defect: the row has no version"
    );
    assert_eq!(errors[0]["span"]["route"], "/v3/users/{vendor_data}/");
}

#[actix_web::test]
async fn probes_are_logged_for_those_who_look_for_them() {
    let api = Api::new().await;
    for (path, level) in [
        ("/healthz", "DEBUG"),
        ("/readyz", "DEBUG"),
        ("/openapi.json", "INFO"),
        ("/v3/users/", "INFO"),
    ] {
        listen();
        api.get(path).await;
        let lines = lines();
        let answered = lines
            .iter()
            .find(|line| line["fields"]["message"] == "answered");
        assert_eq!(answered.unwrap()["level"], level, "{path}");
    }
}
