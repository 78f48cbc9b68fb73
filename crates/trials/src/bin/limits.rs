//! Checks that processes that share a Redis enforce one rate limit: `cargo run -p trials --bin limits -- --help`.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use adapter_rate_limits::testing::TestServer;
use clap::Parser;
use tokio::task::spawn_blocking;
use trials::bench::Table;
use trials::cluster::{Cluster, Flush};
use trials::limits::{Answers, WINDOW, generate_load};
use trials::scratch::Scratch;
use trials::service::{Role, Service, Settings, users_server};
use trials::{Error, run_program};

/// Sends requests to all processes continuously: no window of 60 seconds may have more admitted requests than the
/// limit, and each new window must admit all of it. Then stops Redis, and everything must be admitted; then starts it
/// again, and the limit must hold again.
#[derive(Debug, Parser)]
struct Arguments {
    /// Number of server processes.
    #[arg(long, default_value_t = 3, value_name = "N")]
    processes: usize,
    /// Number of clients of each process.
    #[arg(long, default_value_t = 4, value_name = "N")]
    clients: usize,
    /// Maximum number of admitted requests in any 60 seconds.
    #[arg(long, default_value_t = 300, value_name = "N")]
    limit: usize,
    /// Seconds of load while Redis is available.
    #[arg(long, default_value_t = 150, value_name = "N")]
    seconds: u64,
    /// Seconds of load while Redis is stopped, and again after its restart.
    #[arg(long, default_value_t = 5, value_name = "N")]
    away: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run_program("limits", run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Error> {
    let program = spawn_blocking(users_server).await??;
    let scratch = Scratch::new()?;
    let dir = scratch.path().to_owned();
    let cluster = spawn_blocking(move || Cluster::start(&dir, Flush::ToSystem)).await??;
    let mut redis = spawn_blocking(TestServer::start).await?;
    let settings = Settings::new(&program, cluster.urls(), scratch.path())
        .with("REDIS_URL", &redis.url())
        // Long enough for a slow machine: a check that times out is not counted.
        .with("REDIS_CALL_TIMEOUT_MS", "5000")
        .with("RATE_LIMIT_GET_PER_MINUTE", &arguments.limit.to_string());
    let mut services = Vec::new();
    for number in 0..arguments.processes {
        services.push(Service::start(&settings, Role::Api, &format!("api-{number}")).await?);
    }
    let addresses: Vec<SocketAddr> = services.iter().filter_map(Service::address).collect();
    let load_for =
        |seconds| generate_load(&addresses, arguments.clients, Duration::from_secs(seconds));

    let mut table = Table::default();
    let before = load_for(arguments.seconds).await?;
    redis.stop();
    let stopped = load_for(arguments.away).await?;
    redis.start_again();
    let restarted = load_for(arguments.away).await?;
    add(&mut table, "Redis available", &before);
    add(&mut table, "Redis stopped", &stopped);
    add(&mut table, "Redis restarted", &restarted);
    write!(io::stdout(), "{table}")?;
    check(arguments, [&before, &stopped, &restarted])
}

fn add(table: &mut Table, phase: &str, answers: &Answers) {
    let line = format!(
        "admitted {}, refused {}, most in a window {}",
        answers.admitted.len(),
        answers.refused,
        answers.most_in_a_window(),
    );
    table.add(phase, line, "");
}

fn check(arguments: &Arguments, [before, stopped, restarted]: [&Answers; 3]) -> Result<(), Error> {
    let limit = arguments.limit;
    // Requests are not counted until their process has reconnected to Redis.
    let uncounted = arguments.processes * arguments.clients;
    for (answers, most) in [(before, limit), (restarted, limit + uncounted)] {
        if answers.most_in_a_window() > most {
            return Err(format!("more than {most} within a window").into());
        }
    }
    // Each complete window must have admitted the whole limit.
    let whole = usize::try_from(arguments.seconds / WINDOW.as_secs())?;
    if before.admitted.len() < limit * whole.max(1) {
        return Err("fewer were admitted than the limit allows".into());
    }
    if stopped.refused > 0 || stopped.admitted.is_empty() {
        return Err("not everything was admitted while Redis was stopped".into());
    }
    if restarted.refused == 0 {
        return Err("no request was rejected after the restart of Redis".into());
    }
    Ok(())
}
