//! Benchmark of the purge and of concurrent writers.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use trials::Error;
use trials::bench::purge::Purged;
use trials::bench::{Latency, Table};

const MEBIBYTE: u64 = 1024 * 1024;

/// Measures `users-server purge` with PostgreSQL and two other writers on this machine.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Approximate number of users whose retention has expired.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    users: usize,
}

pub(crate) async fn run(program: &Path, arguments: &Arguments) -> Result<(), Error> {
    let purged = Purged::measure(program, arguments.users).await?;
    let mut table = Table::default();
    let seconds = purged.duration.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "figures to be shown")]
    let rate = purged.users as f64 / seconds;
    table.add(&format!("purge of {} users", purged.users), format!("{seconds:.1} s"), "");
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
