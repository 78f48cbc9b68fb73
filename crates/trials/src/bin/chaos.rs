//! Everything dies again and again, and nothing may be lost: `cargo run -p trials --bin chaos -- --help`.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use trials::Error;
use trials::named_points;
use trials::round::{Report, Round, run};
use trials::service::users_server;

const MOST_PROCESSES: usize = 3;
const OFFENCES_SHOWN: usize = 20;

/// Kills, stops and starves server processes and their PostgreSQL while clients write users, then checks that every
/// event was delivered, in order, signed, and nothing else.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long things go wrong in each round.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// How many server processes there are: 1, 2 or 3. All three in turn when nothing is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3))]
    processes: Option<u64>,
    /// Run the three rounds at the same time.
    #[arg(long)]
    at_once: bool,
    /// Only let processes die at the named points, once at each; else that comes before the three rounds.
    #[arg(long, conflicts_with_all = ["seconds", "processes", "at_once", "seed"])]
    named_points: bool,
    /// What all choices follow from; what the operating system does with them does not.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(until_signalled(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => failed(&trouble),
    }
}

fn failed(trouble: &Error) -> ExitCode {
    // Where standard error is closed, the exit status says it.
    let _ = writeln!(io::stderr(), "chaos: {trouble}");
    ExitCode::from(2)
}

/// Dropping the rounds ends what they started.
async fn until_signalled(arguments: &Arguments) -> Result<bool, Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = all_rounds(arguments) => outcome,
        _ = terminate.recv() => Err("told to stop".into()),
        _ = tokio::signal::ctrl_c() => Err("told to stop".into()),
    }
}

async fn all_rounds(arguments: &Arguments) -> Result<bool, Error> {
    let program = tokio::task::spawn_blocking(users_server).await??;
    let mut clean = true;
    if arguments.processes.is_none() {
        clean = at_named_points(&program).await?;
    }
    if arguments.named_points {
        return Ok(clean);
    }
    let processes: Vec<usize> = match arguments.processes {
        Some(processes) => vec![usize::try_from(processes)?],
        None => (1..=MOST_PROCESSES).collect(),
    };
    writeln!(io::stdout(), "seed {}", arguments.seed)?;
    let mut running = JoinSet::new();
    for processes in processes {
        let round = Round {
            processes,
            duration: Duration::from_secs(arguments.seconds),
            seed: arguments.seed,
        };
        let program = program.clone();
        running.spawn(async move { run(round, &program).await });
        if !arguments.at_once {
            clean &= finish(&mut running).await?;
        }
    }
    clean &= finish(&mut running).await?;
    Ok(clean)
}

async fn at_named_points(program: &Path) -> Result<bool, Error> {
    let (report, kept) = named_points::run(program).await?;
    show(&report.line(), report.offences(), kept)?;
    Ok(report.is_clean())
}

async fn finish(
    running: &mut JoinSet<Result<(Report, Option<String>), Error>>,
) -> Result<bool, Error> {
    let mut clean = true;
    while let Some(finished) = running.join_next().await {
        let (report, kept) = finished??;
        clean &= report.is_clean();
        show(&report.line(), report.offences(OFFENCES_SHOWN), kept)?;
    }
    Ok(clean)
}

fn show(line: &str, offences: Vec<String>, kept: Option<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    for offence in offences {
        writeln!(out, "  {offence}")?;
    }
    if let Some(kept) = kept {
        writeln!(out, "  logs: {kept}")?;
    }
    Ok(())
}
