//! Benchmarks of the service: `cargo run --release -p trials --bin bench -- --help`.

mod audit_export;
mod ingest;
mod purge;
mod webhooks;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use trials::service::users_server;
use trials::{Error, run_program};

/// Measures one part of the service. PostgreSQL, the service and its clients run on this machine.
#[derive(Debug, Parser)]
enum Benchmark {
    AuditExport(audit_export::Arguments),
    Ingest(ingest::Arguments),
    Purge(purge::Arguments),
    Webhooks(webhooks::Arguments),
}

fn main() -> ExitCode {
    run_program("bench", run(Benchmark::parse()))
}

async fn run(benchmark: Benchmark) -> Result<(), Error> {
    if cfg!(debug_assertions) {
        progress("this is a debug build: its figures are not meaningful")?;
    }
    let program = tokio::task::spawn_blocking(users_server).await??;
    match benchmark {
        Benchmark::AuditExport(arguments) => audit_export::run(&program, &arguments).await,
        Benchmark::Ingest(arguments) => ingest::run(&program, &arguments).await,
        Benchmark::Purge(arguments) => purge::run(&program, &arguments).await,
        Benchmark::Webhooks(arguments) => webhooks::run(&program, &arguments).await,
    }
}

fn progress(message: &str) -> Result<(), Error> {
    Ok(writeln!(io::stderr(), "{message}")?)
}
