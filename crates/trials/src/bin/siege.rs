//! Whether one application can keep another one from working: `cargo run -p trials --bin siege -- --help`.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use tokio::task::spawn_blocking;
use trials::Error;
use trials::service::users_server;
use trials::siege::{Attack, Bounds, Target, endure};

/// Carries out each attack by one application while another one works, and prints how long the other one's requests took
/// before, during and after it, and the memory of the service. Fails where an answer is missing or an error, or a bound is
/// passed.
#[derive(Debug, Parser)]
struct Arguments {
    /// These attacks alone.
    #[arg(long, value_enum, value_name = "ATTACK")]
    attack: Vec<Attack>,
    /// Users of the application that attacks.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    users: usize,
    /// How long the working application is measured before, during and after each attack.
    #[arg(long, default_value_t = 15, value_name = "N")]
    seconds: u64,
    /// A quarter of the attackers, and 250 ms are allowed: what the checks of every change do.
    #[arg(long)]
    short: bool,
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
            let _ = writeln!(io::stderr(), "siege: {trouble}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Error> {
    let program = spawn_blocking(users_server).await??;
    let attacks = if arguments.attack.is_empty() {
        Attack::value_variants()
    } else {
        &arguments.attack
    };
    let bounds = if arguments.short {
        Bounds::SHORT
    } else {
        Bounds::STRICT
    };
    let phase = Duration::from_secs(arguments.seconds);
    let mut target = Target::start(&program, arguments.users).await?;
    let mut problems = Vec::new();
    for attack in attacks {
        let endured = endure(&target, *attack, phase, bounds).await?;
        writeln!(io::stdout(), "{endured}")?;
        let of_it = endured.problems(bounds).into_iter();
        problems.extend(of_it.map(|problem| format!("{}: {problem}", attack.name())));
    }
    if problems.is_empty() {
        return if target.stop().await? {
            Ok(())
        } else {
            Err("the service did not end well".into())
        };
    }
    problems.push(format!("the log is in {}", target.keep_logs()));
    Err(problems.join("\n").into())
}
