//! Benchmark of the audit log export.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use trials::Error;
use trials::bench::Table;
use trials::bench::audit::{AuditStage, Export};

use crate::progress;

const MEBIBYTE: u64 = 1024 * 1024;

/// Measures exports of an audit log over HTTP with PostgreSQL, the service (`serve --role api`) and its client on this
/// machine.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Number of audit log entries.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    entries: usize,
    /// Number of exports, each after a reference; medians are shown.
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
}

pub(crate) async fn run(program: &Path, arguments: &Arguments) -> Result<(), Error> {
    progress(&format!("writing {} entries", arguments.entries))?;
    let mut stage = AuditStage::set_up(program, arguments.entries).await?;
    match measure(arguments.rounds, &stage).await {
        Ok(table) => {
            write!(io::stdout(), "{table}")?;
            stage.end().await
        }
        Err(error) => Err(format!("{error} (logs: {})", stage.retain_logs()).into()),
    }
}

async fn measure(rounds: usize, stage: &AuditStage) -> Result<Table, Error> {
    let (mut copies, mut exports) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        progress(&format!("round {round} of {rounds}"))?;
        copies.push(stage.copy_out().await?);
        exports.push(Export::measure(stage).await?);
    }
    let reference = median(copies)?;
    let exported = median(exports.iter().map(|export| export.duration).collect())?;
    let first = median(exports.iter().map(|export| export.first_after).collect())?;
    let bytes = exports.first().map_or(0, |export| export.bytes);
    let idle = exports.first().map_or(0, |export| export.memory_before);
    let most = exports.iter().map(|export| export.most_memory).max();

    let mut table = Table::default();
    let mut add = |name: &str, figure: String| table.add(name, figure, "");
    let mebibytes = |bytes: u64| format!("{} MiB", bytes / MEBIBYTE);
    add("reference: COPY to nowhere", seconds(reference));
    add("… entries", per_second(stage.entries, reference));
    add(&format!("export of {} entries", stage.entries), seconds(exported));
    add("… entries", per_second(stage.entries, exported));
    add("… bytes", mebibytes(bytes));
    add("… until the first bytes", format!("{:.0} ms", first.as_secs_f64() * 1_000.0));
    let ratio = exported.as_secs_f64() / reference.as_secs_f64();
    add("export's time to that of COPY", format!("{ratio:.2}"));
    add("memory of the process before", mebibytes(idle));
    add("… at most", mebibytes(most.unwrap_or(0)));
    Ok(table)
}

fn median(mut durations: Vec<Duration>) -> Result<Duration, Error> {
    durations.sort_unstable();
    let middle = durations.get(durations.len() / 2);
    Ok(*middle.ok_or("nothing was measured")?)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be shown")]
fn per_second(entries: usize, duration: Duration) -> String {
    format!("{:.0}/s", entries as f64 / duration.as_secs_f64())
}
