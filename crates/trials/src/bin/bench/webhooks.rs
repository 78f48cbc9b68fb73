//! Benchmark of webhook delivery.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use trials::Error;
use trials::bench::{Latency, Memory, OpenLoop, References, Stage, Sustained, Table};
use trials::receiver::Behaviour;

use crate::progress;

const HANGING: usize = 0;
const REFUSING: usize = 1;
const MEBIBYTE: u64 = 1024 * 1024;
/// First user numbers; each measurement uses other users.
const OPEN_LOOP_USERS: usize = 1_000_000;
const WAITING_USERS: usize = 2_000_000;

/// Measures delivery with PostgreSQL, the receiver and the writer of events on this machine. Events are written through
/// the store's adapter, not over HTTP. Latency is the time from the beginning of the transaction (the database's clock)
/// to the arrival of the whole request (the same machine's clock).
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Number of destinations, each of a separate application.
    #[arg(long, default_value_t = 20, value_name = "N")]
    destinations: usize,
    /// Number of pending events for the sustained rate.
    #[arg(long, default_value_t = 30_000, value_name = "N")]
    events: usize,
    /// Events per second of the open loop.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    rate: usize,
    /// Seconds of each open loop run.
    #[arg(long, default_value_t = 20, value_name = "N")]
    seconds: u64,
    /// Number of deliveries that wait for a failing destination; 0 skips this.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    waiting: usize,
}

pub(crate) async fn run(program: &Path, arguments: &Arguments) -> Result<(), Error> {
    progress("setting up")?;
    let mut stage = Stage::set_up(program, arguments.destinations).await?;
    let mut table = Table::default();
    let measured = measure(arguments, &stage, &mut table).await;
    write!(io::stdout(), "{table}")?;
    measured.map_err(|error| format!("{error} (logs: {})", stage.retain_logs()).into())
}

async fn measure(arguments: &Arguments, stage: &Stage, table: &mut Table) -> Result<(), Error> {
    progress("references")?;
    let references = References::measure(stage).await?;
    add_references(table, references);
    progress("sustained")?;
    let sustained = Sustained::measure(stage, arguments.events).await?;
    add_sustained(table, sustained, references);
    open_loops(arguments, stage, table).await?;
    if arguments.waiting > 0 {
        progress("waiting for a failing destination")?;
        stage.receiver.set_behaviour(HANGING, Behaviour::Refuses)?;
        let memory = Memory::measure(stage, arguments.waiting, WAITING_USERS).await?;
        add_memory(table, memory);
    }
    let (checked, invalid) = stage.receiver.signatures();
    table.add("signatures checked, wrong", format!("{checked}, {invalid}"), "0 wrong");
    if invalid > 0 {
        return Err("wrong signatures".into());
    }
    Ok(())
}

async fn open_loops(arguments: &Arguments, stage: &Stage, table: &mut Table) -> Result<(), Error> {
    progress("open loop, all healthy")?;
    let duration = Duration::from_secs(arguments.seconds);
    let worker = stage.worker().await?;
    OpenLoop::prepare(stage, OPEN_LOOP_USERS).await?;
    // Both runs measure the same destinations.
    let unhealthy = [HANGING, REFUSING];
    let rate = arguments.rate;
    let first = OpenLoop::measure(stage, OPEN_LOOP_USERS, rate, duration, &unhealthy).await?;
    add_open_loop(table, "all healthy", first);

    progress("open loop, one destination hanging and one returning 500")?;
    stage.receiver.set_behaviour(HANGING, Behaviour::Hangs)?;
    stage.receiver.set_behaviour(REFUSING, Behaviour::Refuses)?;
    let users = OPEN_LOOP_USERS + 10_000;
    OpenLoop::prepare(stage, users).await?;
    let second = OpenLoop::measure(stage, users, rate, duration, &unhealthy).await?;
    add_open_loop(table, "one hangs, one returns 500", second);
    table.add(
        "p99 of healthy ones, second to first",
        format!("{:.2}", ratio(second.healthy, first.healthy)),
        "at most 1.5",
    );
    worker.stop().await?;
    Ok(())
}

fn ratio(this: Latency, that: Latency) -> f64 {
    this.p99.as_secs_f64() / that.p99.as_secs_f64()
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

fn add_references(table: &mut Table, references: References) {
    table.add(
        "reference: plain requests to the receiver",
        format!("{:.0}/s", references.requests_per_second),
        "",
    );
    table.add(
        "reference: commits of one session",
        format!("{:.0}/s", references.commits_per_second),
        "",
    );
}

#[expect(clippy::cast_precision_loss, reason = "figures to be shown")]
fn add_sustained(table: &mut Table, sustained: Sustained, references: References) {
    let deliveries = sustained.deliveries as f64;
    let rate = deliveries / sustained.duration.as_secs_f64();
    let share = rate / references.requests_per_second;
    table.add("sustained deliveries", format!("{rate:.0}/s"), "at least 3,000/s on 2 cores");
    table.add("… to plain requests", format!("{share:.2}"), "");
    table.add("… from start to first", milliseconds(sustained.until_first), "");
    let statements = sustained.statements.map_or_else(
        || "not counted".to_owned(),
        |statements| {
            let (all, framing) = (statements.all as f64, statements.framing as f64);
            format!("{:.3}, {:.3}", all / deliveries, (all - framing) / deliveries)
        },
    );
    table.add(
        "statements per delivery, sequencing included; without BEGIN, COMMIT",
        statements,
        "",
    );
    table.add(
        "transactions per delivery",
        format!("{:.3}", sustained.transactions as f64 / deliveries),
        "",
    );
    table.add(
        "WAL per delivery, sequencing included",
        format!("{:.0} bytes", sustained.wal_bytes as f64 / deliveries),
        "",
    );
}

fn add_open_loop(table: &mut Table, name: &str, measured: OpenLoop) {
    let healthy = measured.healthy;
    table.add(&format!("open loop, {name}: events"), format!("{:.0}/s", measured.rate), "");
    table.add("… p50 to first attempt", milliseconds(healthy.p50), "");
    table.add("… p99 to first attempt", milliseconds(healthy.p99), "below 100 ms");
    table.add("… longest", milliseconds(healthy.max), "");
    table.add("… not arrived of", format!("{} of {}", measured.missing, healthy.events), "0");
    table.add("… writer behind by", milliseconds(measured.behind), "");
}

fn add_memory(table: &mut Table, memory: Memory) {
    let mebibytes = |bytes: u64| format!("{} MiB", bytes / MEBIBYTE);
    let waiting = memory.waiting;
    table.add("memory of the worker, idle", mebibytes(memory.idle), "");
    table.add(
        &format!("… with {waiting} waiting for a failing destination"),
        mebibytes(memory.now),
        "",
    );
    table.add("… at most", mebibytes(memory.most), "");
}
