//! Fault injection for webhook delivery: `cargo run -p trials --bin chaos -- --help`.

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
const VIOLATIONS_SHOWN: usize = 20;

/// Kills and stops server processes and crashes their PostgreSQL while clients write users. Then checks that exactly
/// the committed events were delivered, in order and signed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seconds of fault injection in each round.
    #[arg(long, default_value_t = 60, value_name = "N")]
    seconds: u64,
    /// Number of server processes: 1, 2 or 3. Default: a round for each of these numbers.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3))]
    processes: Option<u64>,
    /// Run the three rounds at the same time.
    #[arg(long)]
    at_once: bool,
    /// Run only the named points, once each; without this option they run before the three rounds.
    #[arg(long, conflicts_with_all = ["seconds", "processes", "at_once", "seed"])]
    named_points: bool,
    /// Seed of all random choices; scheduling by the operating system still varies.
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
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    // If standard error is closed, the exit status still reports the failure.
    let _ = writeln!(io::stderr(), "chaos: {error}");
    ExitCode::from(2)
}

/// Runs all rounds until a signal arrives; dropping a round ends its processes.
async fn until_signalled(arguments: &Arguments) -> Result<bool, Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = all_rounds(arguments) => outcome,
        _ = terminate.recv() => Err("stopped by a signal".into()),
        _ = tokio::signal::ctrl_c() => Err("stopped by a signal".into()),
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
    let (report, log_dir) = named_points::run(program).await?;
    show(&report.line(), report.violations(), log_dir)?;
    Ok(report.is_clean())
}

async fn finish(
    running: &mut JoinSet<Result<(Report, Option<String>), Error>>,
) -> Result<bool, Error> {
    let mut clean = true;
    while let Some(finished) = running.join_next().await {
        let (report, log_dir) = finished??;
        clean &= report.is_clean();
        show(&report.line(), report.violations(VIOLATIONS_SHOWN), log_dir)?;
    }
    Ok(clean)
}

fn show(line: &str, violations: Vec<String>, log_dir: Option<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    for violation in violations {
        writeln!(out, "  {violation}")?;
    }
    if let Some(log_dir) = log_dir {
        writeln!(out, "  logs: {log_dir}")?;
    }
    Ok(())
}
