//! The audit log of two processes on one database.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{ScratchDir, Server, lines, run};
use crate::shared_database::SharedDatabase;

const NOTED_WITHIN: Duration = Duration::from_secs(30);
const DELETE: &str = "/v3/audit-log/?operation=delete";

fn entries(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get_as(path, "application/x-ndjson");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let entries = answer.body.lines();
    entries
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_was_done_and_what_was_refused_anywhere_is_in_every_export() {
    let dir = ScratchDir::new();
    let database = SharedDatabase::start(&dir);
    let mut environment = database.environment().to_vec();
    // The log is asked again and again.
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

    let deadline = Instant::now() + NOTED_WITHIN;
    let notes = loop {
        let notes = entries(&other, DELETE);
        if !notes.is_empty() {
            break notes;
        }
        assert!(Instant::now() < deadline, "the refusals are not noted");
    };
    // One, or two where a minute ended meanwhile, but never two of one minute.
    let minutes: BTreeSet<_> = notes
        .iter()
        .map(|note| note["created_at"].as_str().unwrap()[..16].to_owned())
        .collect();
    assert_eq!(minutes.len(), notes.len(), "{notes:#?}");
    assert!(
        notes
            .iter()
            .all(|note| note["kind"] == "PERMISSION_REFUSED")
    );
    assert!(notes.iter().all(|note| note["actor"]["role"] == "READER"));

    let made = entries(&other, "/v3/audit-log/?vendor_data=ada");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["kind"], "CREATED");
    assert_eq!(made[0]["actor"]["ip"], "127.0.0.1");
    assert_eq!(made[0]["new_value"]["metadata"], user["metadata"]);
    let activity = one.get("/v3/users/ada/activity/").json();
    assert_eq!(activity["results"][0]["uuid"], made[0]["uuid"]);
}
