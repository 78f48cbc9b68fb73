//! Benchmark of the purge and of concurrent writers:
//! `cargo run --release -p trials --bin bench-purge -- --help`.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use trials::Error;
use trials::bench::purge::Purged;
use trials::bench::{Latency, Table};
use trials::service::users_server;

const MEBIBYTE: u64 = 1024 * 1024;

/// Measures `users-server purge` with PostgreSQL and two other writers on this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Approximate number of users whose retention has expired.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    users: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = tokio::runtime::Runtime::new()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit status still reports the failure.
            let _ = writeln!(io::stderr(), "bench-purge: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Error> {
    let program = tokio::task::spawn_blocking(users_server).await??;
    let purged = Purged::measure(&program, arguments.users).await?;
    let mut table = Table::default();
    let seconds = purged.duration.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "figures to be shown")]
    let rate = purged.users as f64 / seconds;
    table.add(
        &format!("purge of {} users", purged.users),
        format!("{seconds:.1} s"),
        "",
    );
    table.add("… users", format!("{rate:.0}/s"), "");
    let memory = purged.most_memory / MEBIBYTE;
    table.add("… memory at most", format!("{memory} MiB"), "");
    for (name, waits) in [
        ("writes of active users", purged.writes),
        ("writes of users about to be erased", purged.rivals),
    ] {
        let Latency { p50, p99, max, .. } = waits;
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        table.add(
            &format!("{name}: p50, p99, longest"),
            format!(
                "{:.1}, {:.1}, {:.1} ms",
                milliseconds(p50),
                milliseconds(p99),
                milliseconds(max)
            ),
            "",
        );
    }
    Ok(write!(io::stdout(), "{table}{}", purged.answer)?)
}
