//! End-to-end scenarios: services report sessions and transactions, analysts change statuses, webhooks report changes.

use std::fs;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{ScratchDir, Server, lines, run};
use crate::receiver::Receiver;
use crate::webhooks::destination;

const DEFAULT_APPLICATION: &str = "00000000-0000-8000-8000-000000000001";

/// A server and its clients, each with its own key.
struct Cast {
    dir: ScratchDir,
    server: Server,
    back_end: Client,
    analyst: Client,
    services: Client,
}

impl Cast {
    fn start() -> Self {
        let dir = ScratchDir::new();
        // Without a key cache, changes by commands take effect at once.
        let server = Server::start(&[("DATA_DIR", dir.text()), ("KEY_CACHE_SECONDS", "0")]);
        let key = |arguments: &[&str]| {
            let create = [&["key", "create", "--name", "cast"], arguments].concat();
            lines(&run(&[("DATA_DIR", dir.text())], &create)).concat()
        };
        Self {
            back_end: server.client(&server.first_key()),
            analyst: server.client(&key(&["--role", "COMPLIANCE_OFFICER"])),
            services: server.client(&key(&["--kind", "service"])),
            server,
            dir,
        }
    }

    /// Runs a command while the server runs. Returns its output and its exit code.
    fn command(&self, arguments: &[&str]) -> (Vec<String>, Option<i32>) {
        let output = run(&[("DATA_DIR", self.dir.text())], arguments);
        let answer = String::from_utf8(output.stdout).unwrap();
        let answer = answer.lines().map(str::to_owned).collect();
        (answer, output.status.code())
    }

    fn database(&self) -> PgConnection {
        let urls = fs::read_to_string(self.dir.path().join("connection")).unwrap();
        PgConnection::establish(urls.lines().next().unwrap()).unwrap()
    }

    /// Reports one event, which must be new. Returns the user in the response.
    fn reported(&self, path: &str, report: &Value) -> Value {
        let answer = self.services.post(path, report);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let result = answer.json()["results"][0].clone();
        assert_eq!(result["outcome"], "applied", "{result}");
        result["user"].clone()
    }

    fn user(&self, name: &str) -> Value {
        let found = self.back_end.get(&format!("/v3/users/{name}/"));
        assert_eq!(found.status, 200, "{}", found.body);
        found.json()
    }

    /// Changes the user's status as an analyst. Returns the newest comment.
    fn judged(&self, name: &str, status: &str, reason: &str) -> Value {
        let path = format!("/v3/users/{name}/update-status/");
        let body = json!({"status": status, "reason": reason});
        let answer = self.analyst.patch(&path, &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["status"], status);
        answer.json()["comments"][0].clone()
    }
}

fn approved_session(user: &str) -> Value {
    json!({
        "session_id": format!("session-of-{user}"),
        "vendor_data": user,
        "revision": 1,
        "status": "Approved",
        "occurred_at": "2025-11-03T09:30:00Z",
        "features": {"ID_VERIFICATION": "Approved", "LIVENESS": "Approved"},
        "identity": {"full_name": "Augusta Ada King", "date_of_birth": "1985-12-10", "issuing_state": "GBR"},
        "approved_emails": ["ada@example.com"],
    })
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn audited(database: &mut PgConnection, kind: &str) -> i64 {
    let counted: Count = diesel::sql_query(format!(
        "SELECT count(*) AS count FROM audit_entries WHERE kind = '{kind}'"
    ))
    .get_result(database)
    .unwrap();
    counted.count
}

#[test]
fn a_person_is_verified_flagged_cleared_blocked_and_declined() {
    let cast = Cast::start();
    let receiver = Receiver::start();
    let endpoint = destination(&cast.back_end, &receiver.url);
    let created = cast
        .back_end
        .post("/v3/users/create/", &json!({"vendor_data": "ada", "full_name": "Ada Lovelace"}));
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.json()["provenance"]["full_name"]["source"], "declared");

    let shown = cast.reported("/internal/v1/session-events/", &approved_session("ada"));
    assert_eq!(shown["didit_internal_id"], created.json()["didit_internal_id"]);
    assert_eq!((&shown["status"], &shown["version"]), (&json!("ACTIVE"), &json!(2)));
    let verified = cast.user("ada");
    assert_eq!(verified["full_name"], "Augusta Ada King");
    assert_eq!(
        verified["provenance"]["full_name"],
        json!({"source": "verified", "session_id": "session-of-ada", "verified_at": "2025-11-03T09:30:00.000000Z"})
    );
    assert_eq!(
        [&verified["session_count"], &verified["approved_count"], &verified["issuing_states"]],
        [&json!(1), &json!(1), &json!(["GBR"])]
    );

    let refused = cast.back_end.patch("/v3/users/ada/", &json!({"full_name": "Eve"}));
    assert_eq!(refused.status, 200, "{}", refused.body);
    assert_eq!(refused.header("x-ignored-fields"), Some("full_name"));
    assert_eq!(refused.json()["full_name"], "Augusta Ada King");
    assert_eq!(audited(&mut cast.database(), "READ_ONLY_REFUSED"), 1);

    judge(&cast);
    check_webhooks(&receiver, &endpoint);
    assert!(cast.server.stop().success());
}

/// A rule flags the user, an analyst clears and then blocks the user; new sessions and transactions are declined.
fn judge(cast: &Cast) {
    let flagged = cast.reported(
        "/internal/v1/transaction-events/",
        &json!({"transaction_id": "transfer-1", "vendor_data": "ada", "revision": 1, "status": "IN_REVIEW",
                "occurred_at": "2025-11-04T12:00:00Z", "rule_actions": ["flag"]}),
    );
    assert_eq!(flagged["status"], "FLAGGED");
    let comment = &cast.user("ada")["comments"][0];
    assert!(comment["comment"].as_str().unwrap().contains("transfer-1"), "{comment}");
    assert_eq!(comment["new_status"], "FLAGGED");
    let enforcement = "/internal/v1/enforcement/ada/";
    let escalated = cast.services.get(enforcement).json();
    assert_eq!(
        [&escalated["new_session"], &escalated["new_transaction"]],
        [&json!("in_review"), &json!("escalate")]
    );

    let cleared = cast.judged("ada", "ACTIVE", "salary, seen the contract");
    assert_eq!(cleared["previous_status"], "FLAGGED");
    let blocked = cast.judged("ada", "BLOCKED", "forged documents");
    assert_eq!(blocked["comment"], "forged documents");
    let declined = cast.services.get(enforcement);
    assert_eq!(declined.status, 200, "{}", declined.body);
    assert_eq!(
        declined.json(),
        json!({
            "status": "BLOCKED",
            "new_session": "declined",
            "new_transaction": "declined",
            "version": cast.user("ada")["version"],
            "session_error": {"vendor_data":
                "This user or business has been blocked and cannot create new verification sessions."},
            "transaction_error": {"vendor_data":
                ["The individual 'ada' is in the blocklist and cannot participate in transactions."]},
        })
    );
    assert_eq!(cast.back_end.get(enforcement).status, 403);
}

/// The receiver has got all events: signed, once, in order.
fn check_webhooks(receiver: &Receiver, destination: &Value) {
    let secret = destination["standard_secret"].as_str().unwrap();
    let (mut data, mut statuses, mut last) = (Vec::new(), Vec::new(), 0);
    while statuses.last() != Some(&json!("BLOCKED")) {
        let webhook = receiver.next();
        assert!(webhook.is_signed_with(secret));
        let body = webhook.json();
        let sequence = body["sequence"].as_i64().unwrap();
        assert!(sequence > last, "{sequence} after {last}");
        last = sequence;
        match body["webhook_type"].as_str().unwrap() {
            "user.status.updated" => statuses.push(body["status"].clone()),
            "user.data.updated" => data.push(body["changed_fields"].clone()),
            other => panic!("unexpected event {other}"),
        }
    }
    assert_eq!(statuses, ["FLAGGED", "ACTIVE", "BLOCKED"]);
    let of_session = data[1].as_array().unwrap();
    for field in ["full_name", "session_count", "approved_count", "features"] {
        assert!(of_session.contains(&json!(field)), "{field} in {of_session:?}");
    }
}

#[test]
fn a_setting_takes_effect_in_a_running_server() {
    let cast = Cast::start();
    let declined = |user: &str| {
        let session = json!({"session_id": format!("session-of-{user}"), "vendor_data": user, "revision": 1,
                             "status": "Declined", "occurred_at": "2025-11-03T09:30:00Z"});
        cast.reported("/internal/v1/session-events/", &session)["status"].clone()
    };
    assert_eq!(declined("before"), "ACTIVE");

    let set = |pairs: &[&str]| {
        let arguments = [&["application", "set", DEFAULT_APPLICATION], pairs].concat();
        cast.command(&arguments)
    };
    let (settings, code) = set(&["auto_block_on_decline=true", "retention_days=30"]);
    let expected = [
        "verified_fields=read_only",
        "auto_block_on_decline=true",
        "block_survives_deletion=true",
        "retention_days=30",
        "rate_limit_get_per_minute=default",
        "rate_limit_write_per_minute=default",
    ];
    assert_eq!((settings, code), (expected.map(str::to_owned).into(), Some(0)));
    assert_eq!(declined("after"), "BLOCKED");
    let comment = &cast.user("after")["comments"][0];
    assert!(comment["comment"].as_str().unwrap().contains("session-of-after"), "{comment}");

    // An invalid setting prevents the change of the others.
    let (answer, code) = set(&["auto_block_on_decline=false", "retention_days=never"]);
    assert_eq!((answer, code), (Vec::new(), Some(2)));
    let (listed, _) = cast.command(&["application", "list"]);
    assert!(listed[0].ends_with(
        "\tverified_fields\tauto_block_on_decline\tblock_survives_deletion\tretention_days\
                                 \trate_limit_get_per_minute\trate_limit_write_per_minute"
    ));
    assert!(listed[1].ends_with("\tread_only\ttrue\ttrue\t30\tdefault\tdefault"), "{listed:?}");
    assert_eq!(audited(&mut cast.database(), "SETTINGS_CHANGED"), 1);
    assert!(cast.server.stop().success());
}

#[test]
fn wrong_counters_are_found_and_repaired() {
    let cast = Cast::start();
    for user in ["ada", "bob", "eve"] {
        cast.reported("/internal/v1/session-events/", &approved_session(user));
    }
    let wrong = cast.user("bob")["didit_internal_id"].as_str().unwrap().to_owned();
    let right = cast.user("bob");
    // Splits off the last line, without its time.
    let verify = |arguments: &[&str]| {
        let (mut answer, code) = cast.command(&[&["verify-counters"], arguments].concat());
        let sum = answer.pop().unwrap();
        let (sum, seconds) = sum.split_once(" seconds=").unwrap();
        seconds.parse::<f64>().unwrap();
        (answer, sum.to_owned(), code)
    };
    let sum = |wrong: u8, mended: u8| format!("users=3 sessions=3 wrong={wrong} mended={mended}");
    assert_eq!(verify(&[]), (Vec::new(), sum(0, 0), Some(0)));

    let spoiled = diesel::sql_query(
        "UPDATE users SET approved_count = 7, features = '{}' WHERE vendor_data = 'bob'",
    )
    .execute(&mut cast.database());
    assert_eq!(spoiled, Ok(1));
    let line = |outcome| {
        vec![format!("{DEFAULT_APPLICATION}\t{wrong}\tapproved_count,features\t{outcome}")]
    };
    assert_eq!(verify(&[]), (line("wrong"), sum(1, 0), Some(1)));
    assert_eq!(cast.user("bob")["approved_count"], 7, "the check changes nothing");
    let repair = ["--repair", "--application", DEFAULT_APPLICATION];
    assert_eq!(verify(&repair), (line("mended"), sum(1, 1), Some(0)));
    assert_eq!(verify(&repair), (Vec::new(), sum(0, 0), Some(0)));

    let mended = cast.user("bob");
    assert_eq!(
        [&mended["approved_count"], &mended["features"]],
        [&right["approved_count"], &right["features"]]
    );
    assert_eq!(audited(&mut cast.database(), "RECOUNTED"), 1);
    let (answer, code) = cast.command(&["verify-counters", "--application", &wrong]);
    assert_eq!((answer, code), (Vec::new(), Some(1)), "no application has this id");
    assert!(cast.server.stop().success());
}
