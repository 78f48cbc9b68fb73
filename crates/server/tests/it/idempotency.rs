//! Tests of idempotent requests through two processes: repeated, concurrent, and interrupted by a kill.

use std::sync::Barrier;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::http::{Answer, Client};
use crate::process::Server;
use crate::shared_database::SharedDatabase;

const LIMIT: Duration = Duration::from_mins(1);

/// Two processes on one database.
struct Scene {
    one: Server,
    other: Server,
    key: String,
    database: SharedDatabase,
}

impl Scene {
    fn new(settings: &[(&'static str, &'static str)]) -> Self {
        let database = SharedDatabase::new();
        let mut environment = database.environment().to_vec();
        environment.push(("RATE_LIMIT_WRITE_PER_MINUTE", "0"));
        environment.extend(settings);
        Self {
            one: Server::start_api(&environment),
            other: Server::start_api(&environment),
            key: database.owner_key(),
            database,
        }
    }

    fn clients(&self) -> [Client; 2] {
        [self.one.client(&self.key), self.other.client(&self.key)]
    }

    /// Opens a connection with the servers' role, which can see their sessions.
    fn watcher(&self) -> PgConnection {
        PgConnection::establish(&self.database.runtime_url).unwrap()
    }

    /// Holds the row of a user until the connection is dropped or ends its transaction.
    fn lock(&self, name: &str) -> PgConnection {
        let mut owner = PgConnection::establish(&self.database.owner_url).unwrap();
        let lock = format!("BEGIN; SELECT FROM users WHERE vendor_data = '{name}' FOR UPDATE");
        owner.batch_execute(&lock).unwrap();
        owner
    }
}

/// Waits until a session waits for a row lock, and returns its process id.
fn waiting_session(watcher: &mut PgConnection) -> i64 {
    #[derive(QueryableByName)]
    struct Session {
        #[diesel(sql_type = BigInt)]
        pid: i64,
    }
    let deadline = Instant::now() + LIMIT;
    loop {
        let waiting: Vec<Session> = diesel::sql_query(
            "SELECT pid::bigint AS pid FROM pg_stat_activity
             WHERE wait_event_type = 'Lock' AND wait_event = 'transactionid' AND datname = current_database()",
        )
        .load(watcher)
        .unwrap();
        if let Some(session) = waiting.first() {
            return session.pid;
        }
        assert!(Instant::now() < deadline, "no session waits for a lock");
    }
}

fn kill(server: &mut Server) {
    server.signal(Signal::SIGKILL);
    server.wait();
}

/// Ends a session, as PostgreSQL does when its client is gone, and waits until it has ended.
fn end(watcher: &mut PgConnection, pid: i64) {
    #[derive(QueryableByName)]
    struct Ended {
        #[diesel(sql_type = Bool)]
        ended: bool,
    }
    let ended: Ended =
        diesel::sql_query("SELECT pg_terminate_backend($1::integer, 60000) AS ended")
            .bind::<BigInt, _>(pid)
            .get_result(watcher)
            .unwrap();
    assert!(ended.ended);
}

/// Sends the same request several times concurrently, through all clients.
fn at_once(
    clients: &[Client],
    key: &str,
    (method, path, body): (&str, &str, &Value),
) -> Vec<Answer> {
    const OF_EACH: usize = 3;

    let together = Barrier::new(clients.len() * OF_EACH);
    thread::scope(|scope| {
        let sending: Vec<_> = clients
            .iter()
            .flat_map(|client| (0..OF_EACH).map(move |_| client.keyed(key)))
            .map(|client| {
                let (together, body) = (&together, body.to_string());
                scope.spawn(move || {
                    together.wait();
                    client.send(method, path, &body)
                })
            })
            .collect();
        sending.into_iter().map(|sent| sent.join().unwrap()).collect()
    })
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

/// Repeats the request until the response no longer reports it as in progress.
fn send_until_finished(client: &Client, method: &str, path: &str, body: &str) -> Answer {
    let deadline = Instant::now() + LIMIT;
    loop {
        let answer = client.send(method, path, body);
        if answer.status != 409 || answer.header("retry-after").is_none() {
            return answer;
        }
        assert!(Instant::now() < deadline, "in progress forever: {}", answer.body);
    }
}

fn in_background(
    client: &Client,
    method: &'static str,
    path: &'static str,
    body: &Value,
) -> JoinHandle<Answer> {
    let (client, body) = (client.clone(), body.to_string());
    thread::spawn(move || client.send(method, path, &body))
}

#[test]
fn concurrent_duplicates_have_one_effect_and_one_response() {
    const ROUNDS: usize = 6;

    let scene = Scene::new(&[]);
    let clients = scene.clients();
    let plain = &clients[0];
    plain.post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    let (mut firsts, mut replays, mut in_progress) = (0, 0, 0);
    for round in 0..ROUNDS {
        let mates: Vec<_> = (0..7).map(|mate| format!("mate {round} {mate}")).collect();
        for mate in &mates {
            plain.post("/v3/users/create/", &json!({"vendor_data": mate}));
        }
        let name = format!("new {round}");
        let status = ["FLAGGED", "ACTIVE"][round % 2];
        let requests = [
            ("POST", "/v3/users/create/", json!({"vendor_data": name, "tags": [name]})),
            ("PATCH", "/v3/users/ada/", json!({"metadata": {"round": round}})),
            ("PATCH", "/v3/users/ada/update-status/", json!({"status": status})),
            ("POST", "/v3/users/delete/", json!({"vendor_data_list": mates})),
        ];
        for (method, path, body) in &requests {
            let key = format!("{round}");
            let answers = at_once(&clients, &key, (method, path, body));
            let (finished, waiting): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status < 300);
            for answer in &waiting {
                assert_eq!(answer.status, 409, "{}", answer.body);
                assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.body);
            }
            let first: Vec<_> = finished.iter().filter(|answer| !is_replay(answer)).collect();
            assert_eq!(first.len(), 1, "{method} {path} was executed once");
            firsts += 1;
            replays += finished.len() - 1;
            in_progress += waiting.len();
            let late: Vec<_> = clients
                .iter()
                .map(|client| client.keyed(&key).send(method, path, &body.to_string()))
                .collect();
            for answer in finished.iter().copied().chain(&late) {
                assert_eq!(answer.body, first[0].body);
                assert_eq!(answer.status, first[0].status);
                assert_eq!(answer.header("etag"), first[0].header("etag"));
                assert_eq!(answer.header("location"), first[0].header("location"));
            }
            assert!(late.iter().all(is_replay));
            if path.ends_with("/delete/") {
                assert_eq!(first[0].json(), json!({"deleted": 7}));
            }
        }
    }
    let ada = plain.get("/v3/users/ada/").json();
    assert_eq!(ada["version"], json!(1 + 2 * ROUNDS), "each change was applied once");
    println!("{firsts} executed, {replays} replayed, {in_progress} rejected as in progress");
}

/// While the statement of the first request waits, a repeat is rejected as in progress, even if the first process was
/// killed.
#[test]
fn after_a_kill_a_repeat_finds_the_first_request_done_or_undone() {
    let mut scene = Scene::new(&[("DATABASE_LOCK_TIMEOUT_MS", "9000")]);
    let [one, other] = scene.clients();
    for name in ["ada", "bob"] {
        one.post("/v3/users/create/", &json!({"vendor_data": name}));
    }
    let body = json!({"display_name": "Countess"});
    let mut watcher = scene.watcher();

    // The session ends with its process: nothing was written.
    let lock = scene.lock("ada");
    let first = in_background(&one.keyed("k"), "PATCH", "/v3/users/ada/", &body);
    let session = waiting_session(&mut watcher);
    let twin = other.keyed("k").patch("/v3/users/ada/", &body);
    assert_eq!((twin.status, twin.header("retry-after")), (409, Some("1")));
    kill(&mut scene.one);
    assert_eq!(first.join().unwrap().status, 0);
    end(&mut watcher, session);
    drop(lock);
    let text = body.to_string();
    let repeat = send_until_finished(&other.keyed("k"), "PATCH", "/v3/users/ada/", &text);
    assert_eq!((repeat.status, is_replay(&repeat)), (200, false), "{}", repeat.body);
    assert_eq!(repeat.json()["version"], json!(2));
    let again = other.keyed("k").patch("/v3/users/ada/", &body);
    assert!(is_replay(&again));
    assert_eq!(again.body, repeat.body);

    // The session outlives its process and commits: everything was written.
    let environment =
        [&scene.database.environment()[..], &[("DATABASE_LOCK_TIMEOUT_MS", "9000")]].concat();
    let mut doomed = Server::start_api(&environment);
    let lock = scene.lock("bob");
    let one = doomed.client(&scene.key).keyed("k2");
    let first = in_background(&one, "PATCH", "/v3/users/bob/", &body);
    waiting_session(&mut watcher);
    kill(&mut doomed);
    assert_eq!(first.join().unwrap().status, 0);
    let twin = other.keyed("k2").patch("/v3/users/bob/", &body);
    assert_eq!(twin.status, 409, "{}", twin.body);
    drop(lock);
    let repeat = send_until_finished(&other.keyed("k2"), "PATCH", "/v3/users/bob/", &text);
    assert_eq!((repeat.status, is_replay(&repeat)), (200, true), "{}", repeat.body);
    assert_eq!(repeat.json()["version"], json!(2));
}

/// A deletion in several transactions is killed between two of them: its key becomes free, and the repeat does the
/// rest.
#[test]
fn a_repeat_finishes_a_deletion_that_was_killed_half_way() {
    const USERS: usize = 150;

    // The request timeout is the time for which a killed request blocks its repeats.
    let mut scene = Scene::new(&[
        ("HTTP_REQUEST_TIMEOUT_MS", "5000"),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "4500"),
        ("DATABASE_LOCK_TIMEOUT_MS", "4000"),
        ("DELETE_ALL_TIME_BUDGET_MS", "2000"),
        ("WEBHOOK_REQUEST_TIMEOUT_MS", "4000"),
    ]);
    let [one, other] = scene.clients();
    let names: Vec<_> = (0..USERS).map(|number| format!("user {number:03}")).collect();
    for name in &names {
        let created = one.post("/v3/users/create/", &json!({"vendor_data": name}));
        assert_eq!(created.status, 201, "{}", created.body);
    }
    let body = json!({"vendor_data_list": names});
    let lock = scene.lock("user 149");
    let first = in_background(&one.keyed("k"), "POST", "/v3/users/delete/", &body);
    let mut watcher = scene.watcher();
    let session = waiting_session(&mut watcher);
    assert_eq!(
        other.get("/v3/users/user%20099/").status,
        404,
        "the first transaction has committed"
    );
    let twin = other.keyed("k").post("/v3/users/delete/", &body);
    assert_eq!((twin.status, twin.header("retry-after")), (409, Some("1")));

    kill(&mut scene.one);
    assert_eq!(first.join().unwrap().status, 0);
    end(&mut watcher, session);
    drop(lock);
    let text = body.to_string();
    let repeat = send_until_finished(&other.keyed("k"), "POST", "/v3/users/delete/", &text);
    assert_eq!((repeat.status, is_replay(&repeat)), (200, false), "{}", repeat.body);
    assert_eq!(repeat.json(), json!({"deleted": USERS - 100}), "the remaining users");
    let again = other.keyed("k").post("/v3/users/delete/", &body);
    assert!(is_replay(&again));
    assert_eq!(again.body, repeat.body);
    let left = other.get("/v3/users/?count=exact").json();
    assert_eq!(left["count"], json!(0));
}
