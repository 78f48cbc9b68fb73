//! Cost of a rate limit check: in memory compared with the digest of a key, and through a server compared with a bare
//! PING, all in the same run (docs/TESTING.md).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an interactive program that may panic on any error"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use adapter_rate_limits::testing::TestServer;
use adapter_rate_limits::{MemoryRateLimiter, RedisConfig, RedisRateLimiter};
use redis::aio::MultiplexedConnection;
use testkit::{a_key, an_application};
use tokio::task::JoinSet;
use users_domain::model::{ApiKeySecret, Environment, KeyKind, LimitSubject, RateLimit, Timestamp};
use users_domain::ports::{Clock, RateLimiter};

/// Rounds of the whole benchmark; the output shows the median of each measure.
const ROUNDS: usize = 5;
const CHECKS_IN_MEMORY: u32 = 200_000;
const CALLS: u32 = 20_000;
/// Tasks that share a connection, like the requests of a busy server.
const AT_ONCE: u32 = 32;
/// The largest default limit.
const LARGE: u32 = 60_000;

/// The machine's clock, whose cost is part of a check.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Timestamp::from_unix_micros(i64::try_from(since_epoch.as_micros()).unwrap()).unwrap()
    }
}

fn new_subject() -> LimitSubject {
    let application = an_application();
    let (key, _) = a_key(&application, KeyKind::Service);
    LimitSubject::KeyReads { application: application.id, key: key.id }
}

/// Runs the calls one after the other.
async fn in_a_row<F: Future<Output = ()>>(calls: u32, call: impl Fn() -> F) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        call().await;
    }
    start.elapsed() / calls
}

/// Runs calls concurrently; the result is the total time divided by their number.
async fn at_once<F>(calls: u32, call: impl Fn() -> F + Clone + Send + Sync + 'static) -> Duration
where
    F: Future<Output = ()> + Send,
{
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let call = call.clone();
        tasks.spawn(async move {
            for _ in 0..calls / AT_ONCE {
                call().await;
            }
        });
    }
    tasks.join_all().await;
    start.elapsed() / calls
}

async fn check(limiter: Arc<dyn RateLimiter>, asks: LimitSubject, limit: u32) {
    let limit = RateLimit::per_minute(limit).unwrap();
    limiter.check(asks, limit).await.unwrap();
}

/// The digest that the gate computes for each request anyway.
fn digests(calls: u32) -> Duration {
    let secret = ApiKeySecret::generate(Environment::Live, [7; 32]);
    let start = Instant::now();
    for _ in 0..calls {
        black_box(black_box(&secret).digest());
    }
    start.elapsed() / calls
}

async fn ping(mut connection: MultiplexedConnection) {
    let answer: String = redis::cmd("PING").query_async(&mut connection).await.unwrap();
    assert_eq!(answer, "PONG");
}

/// The measures, by name.
const DIGEST: &str = "reference: digest of a key";
const IN_MEMORY: &str = "in memory, admitted";
const IN_MEMORY_REFUSED: &str = "in memory, refused after the first 600";
const PING: &str = "reference: PING, one after the other";
const CHECK: &str = "server: check, one after the other";
const PINGS: &str = "reference: PING, 32 at once";
const CHECKS: &str = "server: check admitted, 32 at once";
const CHECKS_REFUSED: &str = "server: check mostly refused, 32 at once";

/// Each measure with its reference.
const REFERENCES: [(&str, &str); 5] = [
    (IN_MEMORY, DIGEST),
    (IN_MEMORY_REFUSED, DIGEST),
    (CHECK, PING),
    (CHECKS, PINGS),
    (CHECKS_REFUSED, PINGS),
];

/// Durations of each measure, by name.
#[derive(Default)]
struct Figures(Vec<(&'static str, Vec<Duration>)>);

impl Figures {
    fn add(&mut self, name: &'static str, took: Duration) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => all.push(took),
            None => self.0.push((name, vec![took])),
        }
    }

    fn show(mut self) {
        println!(
            "{:<46} {:>10} {:>21} {:>12}",
            "each, median of the rounds", "µs", "least to most", "of reference"
        );
        for (_, all) in &mut self.0 {
            all.sort_unstable();
        }
        for (name, all) in &self.0 {
            let (least, most) = (all.first().map_or(0.0, micros), all.last().map_or(0.0, micros));
            let micros = median(all);
            let reference = REFERENCES.iter().find(|(of, _)| of == name);
            let reference =
                reference.and_then(|(_, to)| self.0.iter().find(|(other, _)| other == to));
            let ratio =
                reference.map(|(_, reference)| format!("{:.2}", micros / median(reference)));
            let ratio = ratio.unwrap_or_default();
            println!("{name:<46} {micros:>10.2} {least:>10.2} {most:>10.2} {ratio:>12}");
        }
    }
}

fn micros(took: &Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

/// The median of sorted durations, in microseconds.
fn median(sorted: &[Duration]) -> f64 {
    sorted.get(sorted.len() / 2).map_or(0.0, micros)
}

async fn memory_of(connection: &mut MultiplexedConnection, pattern: &str) -> u64 {
    let mut keys = redis::cmd("KEYS");
    let keys: Vec<String> = keys.arg(pattern).query_async(connection).await.unwrap();
    let mut most = 0;
    for key in keys {
        let mut usage = redis::cmd("MEMORY");
        usage.arg("USAGE").arg(key).arg("SAMPLES").arg(0);
        let bytes: u64 = usage.query_async(connection).await.unwrap();
        most = most.max(bytes);
    }
    most
}

async fn measure() {
    let server = TestServer::start();
    let client = redis::Client::open(server.url()).unwrap();
    let mut beside = client.get_multiplexed_async_connection().await.unwrap();
    let patient =
        RedisConfig { call_timeout: Duration::from_secs(10), ..RedisConfig::at(&server.url()) };
    let shared: Arc<dyn RateLimiter> = Arc::new(RedisRateLimiter::new(&patient).unwrap());
    let memory: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::new(Arc::new(SystemClock)));
    let mut figures = Figures::default();
    for _ in 0..ROUNDS {
        let asks = new_subject();
        let (own, few) = (memory.clone(), new_subject());
        let took = in_a_row(CHECKS_IN_MEMORY, || check(own.clone(), asks, u32::MAX)).await;
        figures.add(IN_MEMORY, took);
        let took = in_a_row(CHECKS_IN_MEMORY, || check(own.clone(), few, 600)).await;
        figures.add(IN_MEMORY_REFUSED, took);
        figures.add(DIGEST, digests(CHECKS_IN_MEMORY));

        let pings = beside.clone();
        let took = in_a_row(CALLS / 4, || ping(pings.clone())).await;
        figures.add(PING, took);
        let took = in_a_row(CALLS / 4, || check(shared.clone(), asks, u32::MAX)).await;
        figures.add(CHECK, took);

        let took = at_once(CALLS, move || ping(pings.clone())).await;
        figures.add(PINGS, took);
        let (asks, limiter) = (new_subject(), shared.clone());
        let took = at_once(CALLS, move || check(limiter.clone(), asks, u32::MAX)).await;
        figures.add(CHECKS, took);
        let (asks, limiter) = (new_subject(), shared.clone());
        let took = at_once(CALLS, move || check(limiter.clone(), asks, 600)).await;
        figures.add(CHECKS_REFUSED, took);
    }
    figures.show();

    redis::cmd("FLUSHALL").exec_async(&mut beside).await.unwrap();
    let asks = new_subject();
    at_once(LARGE, move || check(shared.clone(), asks, LARGE)).await;
    let bytes = memory_of(&mut beside, "users:limit:*").await;
    println!("{LARGE} counting requests of one subject take {bytes} bytes on the server");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.unwrap().block_on(measure());
}
