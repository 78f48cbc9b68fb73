//! Whether several processes that share a Redis keep to one limit: `cargo run -p trials --bin limits -- --help`.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use adapter_redis::testing::TestServer;
use clap::Parser;
use tokio::task::spawn_blocking;
use trials::Error;
use trials::bench::Table;
use trials::cluster::{Cluster, Flush};
use trials::limits::{Answers, WINDOW, ask};
use trials::scratch::Scratch;
use trials::service::{Role, Service, Settings, users_server};

/// Lets clients ask processes all the time: no window of 60 seconds may have more admitted requests than the limit, and
/// each new one has all of it. Then Redis is stopped, and everything must be admitted; then it is started again, and the
/// limit must hold once more.
#[derive(Debug, Parser)]
struct Arguments {
    /// Processes.
    #[arg(long, default_value_t = 3, value_name = "N")]
    processes: usize,
    /// Clients of each process.
    #[arg(long, default_value_t = 4, value_name = "N")]
    clients: usize,
    /// Requests that are admitted in any 60 seconds.
    #[arg(long, default_value_t = 300, value_name = "N")]
    limit: usize,
    /// How long they are asked while Redis is there.
    #[arg(long, default_value_t = 150, value_name = "N")]
    seconds: u64,
    /// How long Redis is away, and how long they are asked when it is back.
    #[arg(long, default_value_t = 5, value_name = "N")]
    away: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tokio::runtime::Runtime::new()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            // Where standard error is closed, the exit status says it.
            let _ = writeln!(io::stderr(), "limits: {trouble}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Error> {
    let program = spawn_blocking(users_server).await??;
    let scratch = Scratch::new()?;
    let dir = scratch.path().to_owned();
    let cluster = spawn_blocking(move || Cluster::start(&dir, Flush::ToSystem)).await??;
    let mut redis = spawn_blocking(TestServer::start).await?;
    let settings = Settings::new(&program, cluster.urls(), scratch.path())
        .with("REDIS_URL", &redis.url())
        // Time for a slow machine: a check that is given up goes uncounted.
        .with("REDIS_CALL_TIMEOUT_MS", "5000")
        .with("RATE_LIMIT_GET_PER_MINUTE", &arguments.limit.to_string());
    let mut services = Vec::new();
    for number in 0..arguments.processes {
        services.push(Service::start(&settings, Role::Api, &format!("api-{number}")).await?);
    }
    let addresses: Vec<SocketAddr> = services.iter().filter_map(Service::address).collect();
    let ask_for = |seconds| ask(&addresses, arguments.clients, Duration::from_secs(seconds));

    let mut table = Table::default();
    let there = ask_for(arguments.seconds).await?;
    redis.stop();
    let away = ask_for(arguments.away).await?;
    redis.start_again();
    let back = ask_for(arguments.away).await?;
    add(&mut table, "Redis is there", &there);
    add(&mut table, "Redis is away", &away);
    add(&mut table, "Redis is back", &back);
    write!(io::stdout(), "{table}")?;
    check(arguments, [&there, &away, &back])
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

fn check(arguments: &Arguments, [there, away, back]: [&Answers; 3]) -> Result<(), Error> {
    let limit = arguments.limit;
    // What each client asks before its process has found Redis again goes uncounted.
    let uncounted = arguments.processes * arguments.clients;
    for (answers, most) in [(there, limit), (back, limit + uncounted)] {
        if answers.most_in_a_window() > most {
            return Err(format!("more than {most} within a window").into());
        }
    }
    // The places of one window come back in the next one, as they went; the last may still be on their way.
    let whole = usize::try_from(arguments.seconds / WINDOW.as_secs())?;
    if there.admitted.len() < limit * whole.max(1) {
        return Err("fewer were admitted than the limit allows".into());
    }
    if away.refused > 0 || away.admitted.is_empty() {
        return Err("while Redis was away, not everything was admitted".into());
    }
    if back.refused == 0 {
        return Err("when Redis was back, nobody was refused".into());
    }
    Ok(())
}
