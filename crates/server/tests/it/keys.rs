//! Tests of API keys, on several processes.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Client;
use crate::process::{ScratchDir, Server, full, lines, run, users_server};
use crate::shared_database::SharedDatabase;

const KEYS: &str = "/v3/api-keys/";

fn path(key: &Value) -> String {
    format!("{KEYS}{}/", key["uuid"].as_str().unwrap())
}

fn create_key(client: &Client, role: &str) -> Value {
    let created = client.post(KEYS, &json!({"name": "created", "role": role}));
    assert_eq!(created.status, 201, "{}", created.body);
    created.json()
}

fn of(server: &Server, key: &Value) -> Client {
    server.client(key["key"].as_str().unwrap())
}

#[test]
fn the_last_owner_stays_when_all_revoke_themselves_concurrently() {
    let database = SharedDatabase::new();
    let servers = [(); 2].map(|()| Server::start(&database.environment()));
    let mut owner = servers[0].client(&database.owner_key());
    for _ in 0..5 {
        let owners: Vec<_> = (0..4).map(|_| create_key(&owner, "OWNER")).collect();
        let first = owner.get(KEYS).json();
        let live = |key: &&Value| key["role"] == "OWNER" && key["revoked_at"].is_null();
        let first: Vec<_> = first.as_array().unwrap().iter().filter(live).cloned().collect();
        // Revokes the owners of earlier rounds.
        for key in first.iter().filter(|key| !owners.iter().any(|new| new["uuid"] == key["uuid"])) {
            let last = of(&servers[0], &owners[0]);
            assert_eq!(last.send("DELETE", &path(key), "").status, 204);
        }
        let together = Barrier::new(owners.len());
        let statuses: Vec<u16> = thread::scope(|scope| {
            let revoking: Vec<_> = owners
                .iter()
                .zip(servers.iter().cycle())
                .map(|(key, server)| {
                    let (client, together) = (of(server, key), &together);
                    scope.spawn(move || {
                        together.wait();
                        client.send("DELETE", &path(key), "").status
                    })
                })
                .collect();
            revoking.into_iter().map(|status| status.join().unwrap()).collect()
        });
        let mut sorted = statuses.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [204, 204, 204, 409]);
        let stayed = statuses.iter().position(|status| *status == 409).unwrap();
        owner = of(&servers[0], &owners[stayed]);
        assert_eq!(owner.get(KEYS).status, 200);
    }
}

#[test]
fn a_revocation_is_immediate_locally_and_takes_seconds_elsewhere() {
    let database = SharedDatabase::new();
    let servers = [(); 2].map(|()| Server::start(&database.environment()));
    let owner = servers[0].client(&database.owner_key());
    let key = create_key(&owner, "READER");
    for server in &servers {
        assert_eq!(of(server, &key).get("/v3/users/").status, 200);
    }
    assert_eq!(owner.send("DELETE", &path(&key), "").status, 204);
    let revoked = Instant::now();
    assert_eq!(of(&servers[0], &key).get("/v3/users/").status, 401);
    let elsewhere = of(&servers[1], &key);
    while elsewhere.get("/v3/users/").status != 401 {
        assert!(revoked.elapsed() < Duration::from_secs(10), "the key still works");
    }

    let listed = owner.get(&path(&key)).json();
    assert!(!listed["last_used_at"].is_null(), "{listed}");
}

#[test]
fn a_key_is_bound_to_the_networks_of_the_command_line() {
    let dir = ScratchDir::new();
    let environment = [("DATA_DIR", dir.text())];
    let server = Server::start(&environment);
    for (networks, status) in [(["127.0.0.0/8", "::1"], 200), (["192.0.2.0/24", "::/0"], 401)] {
        let mut create = vec!["key", "create", "--role", "READER", "--name", "bound"];
        for network in networks {
            create.extend(["--allowed-ip", network]);
        }
        let key = lines(&run(&environment, &create)).concat();
        assert_eq!(server.client(&key).get("/v3/users/").status, status);
    }
    let listed = lines(&run(&environment, &["key", "list"]));
    assert!(listed.iter().any(|row| row.ends_with("\t192.0.2.0/24,::/0")), "{listed:?}");
    let wrong = ["key", "create", "--role", "READER", "--name", "x", "--allowed-ip", "10.0.0.1/8"];
    let refused = run(&environment, &wrong);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("--allowed-ip"), "{text}");
}

#[test]
fn an_unshown_key_is_revoked_and_the_replaced_key_is_named() {
    let database = SharedDatabase::new();
    let environment = database.environment();
    let unseen = |arguments: &[&str]| {
        let mut command = users_server(&environment);
        let ended = command.args(arguments).stdout(full()).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8(ended.stderr).unwrap()
    };
    let text = unseen(&["key", "create", "--role", "READER", "--name", "r"]);
    assert!(text.contains("it was revoked"), "{text}");

    database.owner_key();
    let list = lines(&run(&environment, &["key", "list"]));
    let owner = list.iter().find(|row| row.contains("OWNER")).unwrap();
    let id = owner.split('\t').next().unwrap();
    let text = unseen(&["key", "rotate", id, "--grace-minutes", "5"]);
    for part in ["it was revoked", &format!("the key {id} ends at")] {
        assert!(text.contains(part), "{text}");
    }
}
