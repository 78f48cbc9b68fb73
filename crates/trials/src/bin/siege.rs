//! Effect of attacks by one application on another one: `cargo run -p trials --bin siege -- --help`.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use tokio::task::spawn_blocking;
use trials::service::users_server;
use trials::siege::{Attack, Bounds, Target, run_attack};
use trials::{Error, run_program};

/// Runs each attack by one application while another one works. Prints the latency of the other application before,
/// during and after the attack, and the memory of the service. Fails if a response is missing or an error, or a limit
/// is exceeded.
#[derive(Debug, Parser)]
struct Arguments {
    /// Run only these attacks.
    #[arg(long, value_enum, value_name = "ATTACK")]
    attack: Vec<Attack>,
    /// Users of the attacking application.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    users: usize,
    /// Seconds of each measurement before, during and after an attack.
    #[arg(long, default_value_t = 15, value_name = "N")]
    seconds: u64,
    /// Run a quarter of the attackers and allow 250 ms, as `.ci/run` does.
    #[arg(long)]
    short: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run_program("siege", run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<(), Error> {
    let program = spawn_blocking(users_server).await??;
    let attacks =
        if arguments.attack.is_empty() { Attack::value_variants() } else { &arguments.attack };
    let bounds = if arguments.short { Bounds::SHORT } else { Bounds::STRICT };
    let phase = Duration::from_secs(arguments.seconds);
    let mut target = Target::start(&program, arguments.users).await?;
    let mut problems = Vec::new();
    for attack in attacks {
        let report = run_attack(&target, *attack, phase, bounds).await?;
        writeln!(io::stdout(), "{report}")?;
        let of_it = report.problems(bounds).into_iter();
        problems.extend(of_it.map(|problem| format!("{}: {problem}", attack.name())));
    }
    if problems.is_empty() {
        return if target.stop().await? {
            Ok(())
        } else {
            Err("the service did not stop cleanly".into())
        };
    }
    problems.push(format!("the log is in {}", target.retain_logs()));
    Err(problems.join("\n").into())
}
