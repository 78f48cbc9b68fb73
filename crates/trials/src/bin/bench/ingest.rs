//! Benchmark of the ingest of session reports and of their recount.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use trials::Error;
use trials::bench::Table;
use trials::bench::ingest::{
    Checked, Cost, Crew, IngestStage, Population, Round, Verification, Work,
};
use trials::ledger::Ledger;

use crate::progress;

const BATCH: usize = 100;
const WARM_UP: Duration = Duration::from_secs(3);
const COMMITTING_FOR: Duration = Duration::from_secs(1);
const MEBIBYTE: u64 = 1024 * 1024;

/// Measures the internal API with PostgreSQL, the service (`serve --role api`) and its clients on this machine. Every
/// client sends its next request as soon as the last one was answered.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Number of users.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    users: usize,
    /// Number of sessions before the measurement.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    sessions: usize,
    /// Seconds of each kind of work in a round.
    #[arg(long, default_value_t = 10, value_name = "N")]
    seconds: u64,
    /// Number of rounds; each has every kind of work, and medians over rounds are shown.
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
    /// Number of clients.
    #[arg(long, default_value_t = 8, value_name = "N")]
    connections: usize,
    /// Number of users whose counters are corrupted, to be found and repaired.
    #[arg(long, default_value_t = 60, value_name = "N")]
    spoiled: usize,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

pub(crate) async fn run(program: &Path, arguments: &Arguments) -> Result<(), Error> {
    let population = Population::new(arguments.users, arguments.sessions)?;
    progress(&format!(
        "creating {} users with {} sessions",
        population.users(),
        population.sessions()
    ))?;
    let mut stage = IngestStage::set_up(program, population, arguments.seed).await?;
    let mut table = Table::default();
    let measured = measure(arguments, &mut stage, &mut table).await;
    write!(io::stdout(), "{table}")?;
    measured.map_err(|error| format!("{error} (logs: {})", stage.retain_logs()).into())
}

async fn measure(
    arguments: &Arguments,
    stage: &mut IngestStage,
    table: &mut Table,
) -> Result<(), Error> {
    progress("warming up")?;
    let mut crew = Crew::new(stage, arguments.connections, arguments.seed);
    for work in [Work::Batch(BATCH), Work::Single, Work::Read] {
        crew.work(stage, work, WARM_UP).await?;
    }
    let mut measurements = Measurements::default();
    for round in 1..=arguments.rounds {
        progress(&format!("round {round} of {}", arguments.rounds))?;
        measurements.round(stage, &mut crew, arguments.seconds).await?;
    }
    measurements.show(table)?;
    stage.stop_serving().await?;
    progress("recounting")?;
    let verification = Verification::measure(stage, arguments.spoiled).await?;
    add_verification(table, &verification);
    Ok(())
}

/// Measurements of all rounds.
#[derive(Default)]
struct Measurements {
    commits: Vec<f64>,
    reads: Vec<Round>,
    singles: Vec<Round>,
    batches: Vec<Round>,
}

impl Measurements {
    async fn round(
        &mut self,
        stage: &IngestStage,
        crew: &mut Crew,
        seconds: u64,
    ) -> Result<(), Error> {
        let duration = Duration::from_secs(seconds);
        let url = stage.owner_url().to_owned();
        let commits = tokio::task::spawn_blocking(move || {
            Ledger::open(&url)?.commits_per_second(COMMITTING_FOR)
        });
        self.commits.push(commits.await??);
        self.reads.push(crew.work(stage, Work::Read, duration).await?);
        self.singles.push(crew.work(stage, Work::Single, duration).await?);
        self.batches.push(crew.work(stage, Work::Batch(BATCH), duration).await?);
        Ok(())
    }

    fn show(&self, table: &mut Table) -> Result<(), Error> {
        let commits = median(&self.commits)?;
        table.add("reference: commits of one session", per_second(commits), "");
        let reads = median_rate(&self.reads)?;
        table.add("reference: users read one by one", per_second(reads), "");
        let singles = median_rate(&self.singles)?;
        add_reports(table, "reports one by one", &self.singles)?;
        let batches = median_rate(&self.batches)?;
        add_reports(table, "reports in batches of 100", &self.batches)?;
        let ratio = |rate: f64| format!("{rate:.2}");
        table.add("batches of 100 to one by one", ratio(batches / singles), "");
        table.add("one by one to users read", ratio(singles / reads), "");
        table.add("one by one to commits of one session", ratio(singles / commits), "");
        Ok(())
    }
}

fn median(figures: &[f64]) -> Result<f64, Error> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(*sorted.get(sorted.len() / 2).ok_or("nothing was measured")?)
}

fn median_rate(rounds: &[Round]) -> Result<f64, Error> {
    median(&rounds.iter().map(Round::rate).collect::<Vec<_>>())
}

fn per_second(rate: f64) -> String {
    format!("{rate:.0}/s")
}

#[expect(clippy::cast_precision_loss, reason = "figures to be shown")]
fn add_reports(table: &mut Table, name: &str, rounds: &[Round]) -> Result<(), Error> {
    let rates: Vec<_> = rounds.iter().map(Round::rate).collect();
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rates.iter().copied().fold(0.0, f64::max);
    table.add(name, per_second(median(&rates)?), "");
    table.add("… of all rounds", format!("{least:.0} to {most:.0}/s"), "");
    let latencies = rounds.iter().flat_map(|round| round.latencies.iter().copied());
    let latency = trials::bench::Latency::of(latencies.collect());
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    let (p50, p99) = (milliseconds(latency.p50), milliseconds(latency.p99));
    table.add("… p50, p99 of a request", format!("{p50:.1}, {p99:.1} ms"), "");

    let items = rounds.iter().map(|round| round.items).sum::<usize>() as f64;
    let costs = rounds.iter().map(|round| round.cost);
    let cost = costs.reduce(Cost::with).unwrap_or_default();
    let statements = cost.statements.map_or_else(
        || "not counted".to_owned(),
        |statements| {
            let (all, framing) = (statements.all as f64, statements.framing as f64);
            format!("{:.3}, {:.3}", all / items, (all - framing) / items)
        },
    );
    table.add("… statements per report; without BEGIN, COMMIT", statements, "");
    let bytes = cost.wal_bytes as f64 / items;
    table.add("… WAL per report", format!("{bytes:.0} bytes"), "");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures to be shown")]
fn add_verification(table: &mut Table, verification: &Verification) {
    let sessions = verification.sessions;
    let mut add = |name: &str, checked: &Checked| {
        let seconds = checked.duration.as_secs_f64();
        let rate = sessions as f64 / seconds;
        table.add(name, format!("{seconds:.1} s"), "");
        table.add("… sessions", format!("{rate:.0}/s"), "");
        let memory = checked.most_memory / MEBIBYTE;
        table.add("… memory at most", format!("{memory} MiB"), "");
    };
    let corrupted = verification.corrupted;
    add(&format!("verify-counters over {sessions} sessions"), &verification.correct);
    add(&format!("… --repair, {corrupted} users found and repaired"), &verification.repair);
}
