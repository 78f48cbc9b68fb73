//! Tests of erasing users whose retention period has ended, by processes that are killed repeatedly.

use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::http::Client;
use crate::process::{Server, lines, run, users_server};
use crate::shared_database::SharedDatabase;

const USERS: usize = 300;

/// One of this many users is under legal hold.
const HELD_EACH: usize = 50;

const LIMIT: Duration = Duration::from_mins(2);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn ask(database: &mut PgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(query).load(database).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

fn ok(answer: &crate::http::Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}", answer.body);
    answer.json()
}

/// Sets the retention of the only application to zero days.
fn set_retention_to_zero(environment: &[(&str, &str)]) {
    let listed = lines(&run(environment, &["application", "list"]));
    let id = listed[1].split_whitespace().next().unwrap();
    let set = ["application", "set", id, "retention_days=0"];
    lines(&run(environment, &set));
}

/// Creates users with sessions, transactions and audit entries, and deletes them all; some are under legal hold.
fn seed(environment: &[(&str, &str)], client: &Client, service: &Client) {
    for chunk in (0..USERS).collect::<Vec<_>>().chunks(100) {
        let session = |number: &usize| {
            json!({
                "session_id": format!("s-{number}"), "vendor_data": format!("secretive-{number}"), "revision": 1,
                "status": "Approved", "occurred_at": "2026-01-01T00:00:00Z",
                "identity": {"full_name": format!("Secretive {number}")},
            })
        };
        let payment = |number: &usize| {
            json!({
                "transaction_id": format!("t-{number}"), "vendor_data": format!("secretive-{number}"), "revision": 1,
                "status": "APPROVED", "occurred_at": "2026-01-01T00:00:00Z",
            })
        };
        let sessions: Vec<_> = chunk.iter().map(session).collect();
        ok(&service.post("/internal/v1/session-events/", &json!(sessions)));
        let payments: Vec<_> = chunk.iter().map(payment).collect();
        ok(&service.post("/internal/v1/transaction-events/", &json!(payments)));
    }
    let names: Vec<_> = (0..USERS).map(|number| format!("secretive-{number}")).collect();
    let ids: Vec<String> = names
        .iter()
        .step_by(HELD_EACH)
        .map(|name| ok(&client.get(&format!("/v3/users/{name}/"))))
        .map(|user| user["didit_internal_id"].as_str().unwrap().to_owned())
        .collect();
    let deleted = client.post("/v3/users/delete/", &json!({"vendor_data_list": names}));
    assert_eq!(ok(&deleted)["deleted"], USERS);
    for id in ids {
        let path = format!("/v3/users/by-id/{id}/legal-hold/");
        ok(&client.send("PUT", &path, &json!({"reason": "secretive court"}).to_string()));
    }
    set_retention_to_zero(environment);
}

/// A small random number generator (splitmix64); the seed determines when processes are killed.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        1 + (mixed ^ (mixed >> 31)) % most
    }
}

#[test]
fn a_repeatedly_killed_purge_ends_like_an_uninterrupted_one() {
    let shared = SharedDatabase::new();
    let mut environment = shared.environment().to_vec();
    environment.extend([
        ("PURGE_PERIOD_SECONDS", "0"),
        ("PURGE_MOST_USERS", "3"),
        ("PURGE_TARGET_MS", "1"),
    ]);
    let server = Server::start(&environment);
    let key = shared.owner_key();
    let create = ["key", "create", "--kind", "service", "--name", "s"];
    let service = lines(&run(&environment, &create)).concat();
    seed(&environment, &server.client(&key), &server.client(&service));
    let mut database = PgConnection::establish(&shared.owner_url).unwrap();
    let due = USERS - USERS / HELD_EACH;
    let expected = format!("due={due} waiting=0 held={}", USERS / HELD_EACH);
    let deadline = Instant::now() + LIMIT;
    // A purge waits until the changes are sequenced.
    while lines(&run(&environment, &["purge", "--dry-run"])).pop() != Some(expected.clone()) {
        assert!(Instant::now() < deadline, "changes wait forever");
    }
    assert!(server.stop().success());

    let trail = "SELECT format('%s %s %s %s', id, at, fields, commitment) AS line FROM audit_entries ORDER BY id";
    let trail_before = ask(&mut database, trail);
    let held_rows = "SELECT format('%s %s %s %s', u, s, t, x) AS line FROM users u
        JOIN user_sessions s ON s.user_id = u.id JOIN user_transactions t ON t.user_id = u.id
        JOIN user_search x ON x.user_id = u.id WHERE legal_hold_since IS NOT NULL ORDER BY u.id";
    let held_before = ask(&mut database, held_rows);
    assert_eq!(held_before.len(), USERS / HELD_EACH);
    let mut hash = [0_u8; 32];
    let order = "SELECT replace(id::text, '-', '') AS line FROM users
        WHERE deleted_at IS NOT NULL AND legal_hold_since IS NULL ORDER BY application_id, deleted_at, id";
    for id in ask(&mut database, order) {
        let id = u128::from_str_radix(&id, 16).unwrap().to_be_bytes();
        hash = Sha256::digest([hash.as_slice(), &id].concat()).into();
    }

    let seed = std::process::id().into();
    let (mut dice, mut kills, mut reached) = (Dice(seed), 0, 0);
    let progress = "SELECT coalesce(sum(users), 0)::text AS line FROM purge_runs";
    while kills < 8 && reached < due as u64 {
        let goal = reached + dice.up_to(40);
        let mut child = users_server(&environment)
            .arg("purge")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + LIMIT;
        while child.try_wait().unwrap().is_none() {
            reached = ask(&mut database, progress).concat().parse().unwrap();
            if reached >= goal {
                child.kill().unwrap();
                kills += 1;
            }
            assert!(Instant::now() < deadline, "seed {seed}: the purge makes no progress");
        }
    }
    assert!(kills >= 4, "seed {seed}: killed {kills} times");
    let last = lines(&run(&environment, &["purge"]));
    assert!(
        last[0].starts_with(&format!("users={due} waiting=0 sessions={due} transactions={due} ")),
        "{last:?}"
    );

    let hash = hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert!(last[1].ends_with(&format!(" ids_sha256={hash}")), "seed {seed}: {last:?}");
    assert_eq!(ask(&mut database, trail), trail_before, "the retained part of the audit trail");
    assert_eq!(
        ask(&mut database, held_rows),
        held_before,
        "seed {seed}: users under legal hold are unchanged"
    );
    let tables = ask(
        &mut database,
        "SELECT relname::text AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    );
    for table in tables {
        let named = format!(
            "SELECT DISTINCT r[1] AS line FROM {table} t, regexp_matches(t::text, 'ecretive[- ][0-9]+', 'g') r"
        );
        for name in ask(&mut database, &named) {
            let number: usize = name[9..].parse().unwrap();
            assert_eq!(number % HELD_EACH, 0, "seed {seed}: {name} in {table}");
        }
    }
    assert_eq!(lines(&run(&environment, &["purge"])), ["users=0 waiting=0"]);
    let receipts = "SELECT format('%s %s', users, finished_at IS NOT NULL) AS line FROM purge_runs";
    assert_eq!(ask(&mut database, receipts), [format!("{due} t")]);
}

#[test]
fn a_worker_erases_users_periodically_and_counts_them() {
    let shared = SharedDatabase::new();
    let mut environment = shared.environment().to_vec();
    environment.push(("PURGE_PERIOD_SECONDS", "1"));
    let server = Server::start(&environment);
    let client = server.client(&shared.owner_key());
    set_retention_to_zero(&environment);
    ok(&client.post("/v3/users/create/", &json!({"vendor_data": "ada"})));
    ok(&client.post("/v3/users/delete/", &json!({"vendor_data_list": ["ada"]})));
    let deadline = Instant::now() + LIMIT;
    while ok(&client.get("/v3/users/deleted/"))["results"] != json!([]) {
        assert!(Instant::now() < deadline, "no user is erased");
    }
    while !server.watcher().get("/metrics").body.contains("users_purged_total 1\n") {
        assert!(Instant::now() < deadline, "the erased user is not counted");
    }
    assert!(server.stop().success());
}
