//! Tests of delivery from a change over the API to a receiver.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{ScratchDir, Server};
use crate::receiver::Receiver;
use crate::shared_database::SharedDatabase;

const LIMIT: Duration = Duration::from_mins(1);

/// Settings that let servers on a shared database send webhooks to this machine.
pub(crate) const OPENED: [(&str, &str); 2] =
    [("WEBHOOK_ALLOW_HTTP", "true"), ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")];

/// Creates a destination for all user events, and returns the response.
pub(crate) fn destination(client: &Client, url: &str) -> Value {
    let created = client.post(
        "/v3/webhook/destinations/",
        &json!({"label": "test", "url": url, "subscribed_events": ["user.data.updated", "user.status.updated"]}),
    );
    assert_eq!(created.status, 201, "{}", created.body);
    created.json()
}

pub(crate) fn create_user(client: &Client, name: &str) -> Value {
    let created = client.post("/v3/users/create/", &json!({"vendor_data": name}));
    assert_eq!(created.status, 201, "{}", created.body);
    created.json()
}

/// Waits for a metrics line that begins with `name` and whose value is not 0.
fn wait_for_metric(server: &Server, name: &str) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let scraped = server.watcher().get("/metrics");
        assert_eq!(scraped.status, 200);
        assert_eq!(
            scraped.header("content-type"),
            Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
        );
        assert!(scraped.body.contains("\nprocess_cpu_seconds_total "), "{}", scraped.body);
        assert!(scraped.body.ends_with("# EOF\n") && scraped.body.matches("# EOF").count() == 1);
        let line = scraped.body.lines().find(|line| line.starts_with(name));
        if line.is_some_and(|line| !line.ends_with(" 0")) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} in {}", scraped.body);
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(database: &SharedDatabase, what: &str) -> i64 {
    let mut connection = PgConnection::establish(&database.owner_url).unwrap();
    let counted: Count = diesel::sql_query(format!("SELECT count(*) AS count FROM {what}"))
        .get_result(&mut connection)
        .unwrap();
    counted.count
}

#[test]
fn changes_reach_their_destination_signed_and_in_order() {
    let dir = ScratchDir::new();
    // With polls this rare, only the wake-up by the commit delivers in time.
    let server = Server::start(&[
        ("DATA_DIR", dir.text()),
        ("WEBHOOK_POLL_SHORTEST_MS", "60000"),
        ("WEBHOOK_POLL_LONGEST_MS", "60000"),
    ]);
    let client = server.client(&server.first_key());
    let receiver = Receiver::start();
    let created = destination(&client, &receiver.url);
    let user = create_user(&client, "ada");
    let changed = client.patch("/v3/users/ada/update-status/", &json!({"status": "BLOCKED"}));
    assert_eq!(changed.status, 200, "{}", changed.body);

    for (sequence, webhook_type) in [(1, "user.data.updated"), (2, "user.status.updated")] {
        let webhook = receiver.next();
        assert!(webhook.is_signed_with(created["standard_secret"].as_str().unwrap()));
        let body = webhook.json();
        assert_eq!(body["webhook_type"], webhook_type);
        assert_eq!(body["sequence"], sequence);
        assert_eq!(body["vendor_user_id"], user["didit_internal_id"]);
    }
    wait_for_metric(&server, "users_webhook_attempts_total{outcome=\"delivered\"}");
    wait_for_metric(&server, "users_webhook_lag_seconds_count");
    assert!(server.stop().success());
    assert!(!receiver.has_more(), "no webhook arrived twice");
}

#[test]
fn requests_and_delivery_can_be_split_between_processes() {
    let database = SharedDatabase::new();
    let environment = [&database.environment()[..], &OPENED].concat();
    let api = Server::start_api(&environment);
    let client = api.client(&database.owner_key());
    let receiver = Receiver::start();
    let created = destination(&client, &receiver.url);
    create_user(&client, "ada");
    assert_eq!(count(&database, "outbox"), 1, "no process delivers yet");

    let worker = Server::start_worker(&environment);
    assert!(worker.address().is_empty(), "the worker serves no requests");
    let webhook = receiver.next();
    assert!(webhook.is_signed_with(created["standard_secret"].as_str().unwrap()));
    assert_eq!(webhook.json()["vendor_data"], "ada");
    wait_for_metric(&worker, "users_webhook_sequenced_changes_total");
    assert_eq!(count(&database, "outbox"), 0);
    assert!(worker.stop().success() && api.stop().success());
}

#[test]
fn a_running_attempt_is_finished_when_the_service_stops() {
    let database = SharedDatabase::new();
    let environment = [&database.environment()[..], &OPENED].concat();
    let mut server = Server::start(&environment);
    let client = server.client(&database.owner_key());
    let (answer, may_answer) = channel::<()>();
    let may_answer = Mutex::new(may_answer);
    let receiver =
        Receiver::answering(move || may_answer.lock().unwrap().recv_timeout(LIMIT).unwrap());
    destination(&client, &receiver.url);
    create_user(&client, "ada");
    receiver.next();

    server.signal(Signal::SIGTERM);
    let deadline = Instant::now() + LIMIT;
    while client.get("/healthz").status != 0 {
        assert!(Instant::now() < deadline, "the service still accepts");
    }
    answer.send(()).unwrap();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(count(&database, "webhook_deliveries"), 0, "the result is stored");
    let leased = "webhook_lanes WHERE lease_until > now()";
    assert_eq!(count(&database, leased), 0, "the lane was released");
}
