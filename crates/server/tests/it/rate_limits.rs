//! Tests of rate limits: one process, and several processes that share a real Redis.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use adapter_rate_limits::testing::TestServer;
use serde_json::json;

use crate::http::{Answer, Client};
use crate::process::{ScratchDir, Server};
use crate::shared_database::SharedDatabase;

const PROCESSES: usize = 3;
const CLIENTS_OF_EACH: usize = 4;
const REQUESTS_OF_EACH: usize = 25;
/// Two thirds of the requests.
const LIMIT: usize = 200;
const WAIT_LIMIT: Duration = Duration::from_mins(1);

const LIST: &str = "/v3/users/?count=none&limit=1";

/// Starts the processes of a service that counts in this Redis.
fn processes(database: &SharedDatabase, redis: &TestServer, limit: usize) -> Vec<Server> {
    let (url, limit) = (redis.url(), limit.to_string());
    let mut environment = database.environment().to_vec();
    environment.extend([
        ("REDIS_URL", url.as_str()),
        ("RATE_LIMIT_GET_PER_MINUTE", limit.as_str()),
        // Long enough for a slow machine: a check that times out is not counted.
        ("REDIS_CALL_TIMEOUT_MS", "10000"),
    ]);
    thread::scope(|scope| {
        let starting: Vec<_> =
            (0..PROCESSES).map(|_| scope.spawn(|| Server::start(&environment))).collect();
        let started = starting.into_iter().map(|server| server.join().unwrap());
        started.collect()
    })
}

/// Sends requests of many clients to all processes concurrently, and returns the responses.
fn send_concurrently(servers: &[Server], key: &str) -> Vec<Answer> {
    let together = Barrier::new(servers.len() * CLIENTS_OF_EACH);
    thread::scope(|scope| {
        let mut asking = Vec::new();
        for server in servers {
            for _ in 0..CLIENTS_OF_EACH {
                let (client, together) = (server.client(key), &together);
                asking.push(scope.spawn(move || {
                    together.wait();
                    let answers = (0..REQUESTS_OF_EACH).map(|_| client.get(LIST));
                    answers.collect::<Vec<_>>()
                }));
            }
        }
        let answers = asking.into_iter().map(|client| client.join().unwrap());
        answers.flatten().collect()
    })
}

fn with_status(answers: &[Answer], status: u16) -> Vec<&Answer> {
    answers.iter().filter(|answer| answer.status == status).collect()
}

/// Repeats the request until the response meets the condition.
fn wait_for(client: &Client, awaited: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = Instant::now() + WAIT_LIMIT;
    loop {
        let answer = client.get(LIST);
        if awaited(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "last: {}", answer.status);
    }
}

fn is_counted(answer: &Answer) -> bool {
    answer.header("ratelimit").is_some()
}

fn metric(server: &Server, series: &str) -> u64 {
    let text = server.watcher().get("/metrics").body;
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.unwrap_or_else(|| panic!("no {series} in {text}")).trim().parse().unwrap()
}

/// Each unit of the limit is used once: the remaining number differs after each admitted request.
#[test]
fn three_processes_admit_exactly_the_limit_together() {
    let (database, redis) = (SharedDatabase::new(), TestServer::start());
    let servers = processes(&database, &redis, LIMIT);
    let key = database.owner_key();
    let began = Instant::now();
    let answers = send_concurrently(&servers, &key);
    assert!(began.elapsed() < Duration::from_mins(1), "all requests are within one window");

    let (admitted, refused) = (with_status(&answers, 200), with_status(&answers, 429));
    assert_eq!(admitted.len() + refused.len(), answers.len());
    let mut remaining_numbers: Vec<usize> = admitted
        .iter()
        .map(|answer| answer.header("x-ratelimit-remaining").unwrap())
        .map(|remaining| remaining.parse().unwrap())
        .collect();
    remaining_numbers.sort_unstable();
    assert_eq!(remaining_numbers, (0..LIMIT).collect::<Vec<_>>());
    for answer in refused {
        let detail = "GET request rate limit exceeded. You can make up to 200 requests per minute.";
        assert_eq!(answer.json(), json!({ "detail": detail }));
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let counted = |outcome: &str| -> u64 {
        let labels = format!("{{requests=\"read\",outcome=\"{outcome}\"}}");
        let series = format!("users_rate_limit_checks_total{labels}");
        servers.iter().map(|server| metric(server, &series)).sum()
    };
    let counts = ["admitted", "refused", "uncounted"].map(counted);
    assert_eq!(counts, [200, 100, 0]);
}

#[test]
fn requests_are_uncounted_while_redis_is_unavailable() {
    let (database, mut redis) = (SharedDatabase::new(), TestServer::start());
    let servers = processes(&database, &redis, 2);
    let key = database.owner_key();
    let clients: Vec<Client> = servers.iter().map(|server| server.client(&key)).collect();
    let statuses = |clients: &[Client]| -> Vec<u16> {
        let answers = clients.iter().map(|client| client.get(LIST));
        answers.map(|answer| answer.status).collect()
    };
    assert_eq!(statuses(&clients), [200, 200, 429]);

    redis.stop();
    for _ in 0..3 {
        for client in &clients {
            let answer = client.get(LIST);
            assert_eq!((answer.status, is_counted(&answer)), (200, false));
        }
    }
    let uncounted = "users_rate_limit_checks_total{requests=\"read\",outcome=\"uncounted\"}";
    for server in &servers {
        assert!(metric(server, uncounted) >= 3);
    }

    // The restarted Redis is empty, so the whole limit is available again, but not more.
    redis.start_again();
    let first = wait_for(&clients[0], is_counted);
    assert_eq!(first.header("x-ratelimit-remaining"), Some("1"));
    let second = wait_for(&clients[1], is_counted);
    assert_eq!(second.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(wait_for(&clients[2], is_counted).status, 429);
    assert_eq!(statuses(&clients), [429, 429, 429]);
}

/// The limits of the contract apply without configuration.
#[test]
fn a_single_server_counts_in_its_own_memory() {
    let dir = ScratchDir::new();
    let server = Server::start_with_default_limits(&[("DATA_DIR", dir.text())]);
    let key = server.first_key();
    let owner = server.client(&key);
    let list = owner.get(LIST);
    assert_eq!(list.header("x-ratelimit-remaining"), Some("599"));
    let created = owner.post("/v3/users/create/", &json!({"vendor_data": "ada"}));
    assert_eq!(created.header("ratelimit"), Some("\"write\";r=299;t=60"));

    let stranger = server.client("");
    let answers: Vec<Answer> = (0..61).map(|_| stranger.get(LIST)).collect();
    assert_eq!(with_status(&answers, 401).len(), 60);
    assert_eq!(with_status(&answers, 429).len(), 1);
    assert_eq!(server.client("nonsense").get(LIST).status, 429);
    assert_eq!(owner.get(LIST).status, 200);
}
