//! The audit log of two processes on one database.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{Server, lines, run};
use crate::shared_database::SharedDatabase;

const RECORDED_WITHIN: Duration = Duration::from_secs(30);
const DELETE: &str = "/v3/audit-log/?operation=delete";

fn entries(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get_as(path, "application/x-ndjson");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let entries = answer.body.lines();
    entries.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn exports_of_each_process_contain_changes_and_refusals_of_both() {
    let database = SharedDatabase::new();
    let mut environment = database.environment().to_vec();
    // The test polls the log.
    environment.push(("RATE_LIMIT_GET_PER_MINUTE", "0"));
    let servers = [Server::start(&environment), Server::start(&environment)];
    let owner = database.owner_key();
    let create = ["key", "create", "--role", "READER", "--name", "r"];
    let reader = lines(&run(&environment, &create)).concat();

    let [one, other] = [0, 1].map(|server: usize| servers[server].client(&owner));
    let user = json!({"vendor_data": "ada", "metadata": {"tier": "gold", "weight": 7.0}});
    assert_eq!(one.post("/v3/users/create/", &user).status, 201);
    for _ in 0..3 {
        for server in &servers {
            let refused = server.client(&reader).post("/v3/users/delete/", &json!({}));
            assert_eq!(refused.status, 403, "{}", refused.body);
        }
    }

    let deadline = Instant::now() + RECORDED_WITHIN;
    let refusals = loop {
        let refusals = entries(&other, DELETE);
        if !refusals.is_empty() {
            break refusals;
        }
        assert!(Instant::now() < deadline, "the refusals are not recorded");
    };
    // At most one entry per minute.
    let minutes: BTreeSet<_> = refusals
        .iter()
        .map(|refusal| refusal["created_at"].as_str().unwrap()[..16].to_owned())
        .collect();
    assert_eq!(minutes.len(), refusals.len(), "{refusals:#?}");
    assert!(refusals.iter().all(|refusal| refusal["kind"] == "PERMISSION_REFUSED"));
    assert!(refusals.iter().all(|refusal| refusal["actor"]["role"] == "READER"));

    let created = entries(&other, "/v3/audit-log/?vendor_data=ada");
    assert_eq!(created.len(), 1);
    assert_eq!(created[0]["kind"], "CREATED");
    assert_eq!(created[0]["actor"]["ip"], "127.0.0.1");
    assert_eq!(created[0]["new_value"]["metadata"], user["metadata"]);
    let activity = one.get("/v3/users/ada/activity/").json();
    assert_eq!(activity["results"][0]["uuid"], created[0]["uuid"]);
}

const CREATED: &str = "(SELECT id FROM audit_entries WHERE kind = 'CREATED' AND request_id <> '-')";

#[test]
fn audit_verify_detects_tampering() {
    let database = SharedDatabase::new();
    let environment = database.environment();
    let server = Server::start_api(&environment);
    let client = server.client(&database.owner_key());
    for name in ["ada", "grace"] {
        let user = json!({"vendor_data": name, "full_name": "Somebody Personal"});
        assert_eq!(client.post("/v3/users/create/", &user).status, 201);
    }
    let deleted = client.post("/v3/users/delete/", &json!({"vendor_data_list": ["grace"]}));
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    let verify = || {
        let output = run(&environment, &["audit", "verify", "--json"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let mut rows: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let totals = rows.pop().unwrap();
        (output.status.code(), rows, totals)
    };
    let (status, wrong, before) = verify();
    assert_eq!((status, wrong.as_slice()), (Some(0), &[][..]), "{before}");
    assert_eq!(before["intact"], before["entries"]);

    let applications = lines(&run(&environment, &["application", "list"]));
    let id = applications[1].split('\t').next().unwrap();
    lines(&run(&environment, &["application", "set", id, "retention_days=0"]));
    // This server does not deliver, and a purge waits for deliveries.
    let mut owner = PgConnection::establish(&database.owner_url).unwrap();
    owner.batch_execute("DELETE FROM outbox").unwrap();
    lines(&run(&environment, &["purge"]));
    let (status, _, purged) = verify();
    assert_eq!(status, Some(0), "{purged}");
    assert!(purged["erased"].as_u64().unwrap() > 0, "{purged}");
    assert_eq!(purged["erased"], purged["erased_by_receipts"]);
    let of_one = || {
        let output = run(&environment, &["audit", "verify", "--application", id]);
        output.status.code()
    };
    assert_eq!(of_one(), Some(0));

    let mut tamper = |statement: &str| {
        owner
            .batch_execute(&format!(
                "ALTER TABLE audit_entries DISABLE TRIGGER USER; ALTER TABLE audit_details DISABLE TRIGGER USER;
                 {statement};
                 ALTER TABLE audit_entries ENABLE TRIGGER USER; ALTER TABLE audit_details ENABLE TRIGGER USER"
            ))
            .unwrap();
    };
    for (statement, undo, problem) in [
        (
            "UPDATE audit_entries SET at = at - interval '1 hour' WHERE id IN CREATED",
            "UPDATE audit_entries SET at = at + interval '1 hour' WHERE id IN CREATED",
            "altered",
        ),
        (
            "UPDATE audit_details SET detail = detail || ' ' WHERE entry_id IN CREATED",
            "UPDATE audit_details SET detail = rtrim(detail) WHERE entry_id IN CREATED",
            "altered",
        ),
        (
            "CREATE TABLE backup AS SELECT * FROM audit_details WHERE entry_id IN CREATED;
             DELETE FROM audit_details WHERE entry_id IN CREATED",
            "INSERT INTO audit_details SELECT * FROM backup",
            "detail_missing",
        ),
    ] {
        tamper(&statement.replace("CREATED", CREATED));
        let (status, wrong, totals) = verify();
        assert_eq!(status, Some(1), "{statement}: {totals}");
        assert_eq!(wrong.len(), 1, "{statement}: {wrong:?}");
        assert_eq!(wrong[0]["problem"], problem, "{statement}");
        tamper(&undo.replace("CREATED", CREATED));
        assert_eq!(verify().0, Some(0), "{undo}");
    }
    // The entries look erased, but no receipt covers them.
    tamper(
        &"CREATE TABLE marks AS SELECT id, request_id FROM audit_entries WHERE id IN CREATED;
          DELETE FROM audit_details WHERE entry_id IN CREATED;
          UPDATE audit_entries SET request_id = '-' WHERE id IN CREATED"
            .replace("CREATED", CREATED),
    );
    assert_eq!((verify().0, of_one()), (Some(1), Some(1)));
    tamper(
        "INSERT INTO audit_details SELECT * FROM backup;
         UPDATE audit_entries e SET request_id = m.request_id FROM marks m WHERE m.id = e.id",
    );
    assert_eq!((verify().0, of_one()), (Some(0), Some(0)));
    tamper(&format!("DELETE FROM audit_entries WHERE id IN {CREATED}"));
    let (status, _, totals) = verify();
    assert_eq!((status, &totals["stray_details"]), (Some(1), &json!(1)));
}
