//! The users service: arguments, configuration, wiring, start and stop. Contains no domain rules, no SQL and no routes.

mod args;
mod capacity;
mod config;
mod database;
mod key_check;
mod monitoring;
mod preparing;
mod readiness;
mod serve;
mod telemetry;
mod wiring;

use std::fmt::Display;
use std::io::{self, Write as _};
use std::{process, thread};

use actix_web::rt::System;
use adapter_postgres::{PgAuditReader, PgOutbox, PgReadiness};
use adapter_system::{check_output, ignore_hangups};
use admin_cli::{Answer, ApplicationCommand, CommandError, first_key};
use clap::CommandFactory as _;
use layered_settings::Environment;
use users_domain::ports::Readiness as _;

use args::{Args, Command};
use config::{Config, Storage};
use database::Database;
use preparing::Patience;
use serve::ServeError;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Exit status for an invalid configuration or invalid arguments.
const EXIT_USAGE: u8 = 2;
/// Exit status if the service stopped before all work was finished.
const EXIT_UNFINISHED: u8 = 3;

fn main() {
    let status = run_program();
    // Returning drops the thread-local values of this thread. The value of actix wakes a task of the runtime, which
    // panics if tokio's value was dropped before.
    let _ = thread::spawn(move || process::exit(status.into())).join();
}

/// Runs the command of the arguments, and returns the exit status.
fn run_program() -> u8 {
    let args = match Args::read() {
        Ok(args) => args,
        Err(error) => {
            let status = u8::try_from(error.exit_code()).unwrap_or(EXIT_USAGE);
            return answered(status, error.print());
        }
    };
    if let Some(Command::Completions { shell }) = args.command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Args::command(), "users-server", &mut script);
        return answered(0, io::stdout().write_all(&script));
    }
    let config = match Config::load(args.config.as_deref(), &Environment::of_process()) {
        Ok(config) => config,
        Err(problems) => return fail(EXIT_USAGE, &problems),
    };
    let command = args.command.unwrap_or_default();
    if matches!(command, Command::CheckConfig) {
        return check_config(&config);
    }
    if matches!(config.storage, Storage::Embedded(_))
        && let Err(error) = embedded_postgres::restart_without_libpq_variables()
    {
        return fail(1, &error);
    }
    let _log = match telemetry::start(&config.log) {
        Ok(log) => log,
        Err(error) => return fail(1, &error),
    };
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let serves = matches!(command, Command::Serve { .. });
    match run(command, &config, args.json) {
        Ok(()) => 0,
        // Standard error of a server is a log that programs read.
        Err(error) if serves => {
            if tracing::enabled!(tracing::Level::ERROR) {
                tracing::error!(%error, "ended by an error");
            } else {
                fail(1, &error);
            }
            match error.downcast_ref() {
                Some(ServeError::Unfinished | ServeError::AtOnce) => EXIT_UNFINISHED,
                _ => 1,
            }
        }
        Err(error) => fail(1, &error),
    }
}

fn run(command: Command, config: &Config, json: bool) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { role } => {
            let system = serve::system(config);
            system.block_on(async { ignore_hangups() })?;
            wiring::make_key_file(config)?;
            let database = Database::start(config)?;
            let served = system.block_on(serve::until_stopped(config, database, role));
            // Dropping the runtime would wait for threads that may be waiting for PostgreSQL.
            std::mem::forget(system);
            Ok(served?)
        }
        Command::Migrate => System::new().block_on(migrate(config)),
        command => {
            let mut out = io::stdout();
            let mut answer = Answer::new(&mut out, json);
            System::new().block_on(administer(command, config, &mut answer))
        }
    }
}

async fn migrate(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    ignore_hangups()?;
    wiring::make_key_file(config)?;
    let database = Database::reach_or_create(config)?;
    preparing::schema(config, &database, true, &mut Patience::new(config)).await?;
    let access = wiring::access(&wiring::command_pool(config, &database)?);
    Ok(first_key::ensure_configured(&access, config.bootstrap_api_key.as_ref()).await?)
}

/// Runs a command that needs a migrated schema, on one connection.
async fn administer(
    command: Command,
    config: &Config,
    answer: &mut Answer<'_>,
) -> Result<(), Box<dyn std::error::Error>> {
    if matches!(&command, Command::Key(command) if command.shows_secret()) {
        check_output().map_err(CommandError::Output)?;
    }
    let database = Database::reach(config)?;
    let pool = wiring::command_pool(config, &database)?;
    PgReadiness::new(pool.clone()).check().await?;
    match command {
        Command::Secrets(command) => {
            let (store, vault, key_check) = wiring::secrets(config, &pool)?;
            admin_cli::secrets(command, &store, &vault, answer).await?;
            key_check.reseal().await?;
        }
        Command::VerifyCounters(command) => {
            let (access, recount) = (wiring::access(&pool), wiring::recount(&pool));
            let outbox = PgOutbox::new(pool);
            admin_cli::verify_counters(command, &access, &recount, &outbox, answer).await?;
        }
        Command::Audit(command) => {
            let (access, reader) = (wiring::access(&pool), PgAuditReader::new(pool));
            admin_cli::audit(command, &access, &reader, answer).await?;
        }
        Command::Purge { dry_run } => {
            admin_cli::purge(dry_run, &wiring::purge(config, &pool), answer).await?;
        }
        Command::Application(command) => {
            let pool = match command {
                // Only the owner may shorten the retention of deleted users.
                ApplicationCommand::Set { .. } => wiring::owner_pool(config, &database)?,
                ApplicationCommand::Create { .. } | ApplicationCommand::List => pool,
            };
            admin_cli::application(command, &wiring::access(&pool), answer).await?;
        }
        Command::Key(command) => {
            admin_cli::key(command, &wiring::access(&pool), answer).await?;
        }
        Command::Serve { .. }
        | Command::Migrate
        | Command::CheckConfig
        | Command::Completions { .. } => {}
    }
    Ok(())
}

fn check_config(config: &Config) -> u8 {
    let warnings = config.warnings().iter().map(|warning| format!("warning: {warning}\n"));
    let text: String = std::iter::once(config.report().to_owned()).chain(warnings).collect();
    match (answered(0, io::stdout().write_all(text.as_bytes())), wiring::check(config)) {
        (0, Err(error)) => fail(EXIT_USAGE, &error),
        (status, _) => status,
    }
}

/// Returns the exit status of a command that only writes output.
fn answered(status: u8, written: io::Result<()>) -> u8 {
    match written.and_then(|()| io::stdout().flush()) {
        Ok(()) => status,
        Err(error) => fail(status.max(1), &CommandError::Output(error)),
    }
}

fn fail(code: u8, error: &dyn Display) -> u8 {
    // If standard error is closed, the exit status still reports the failure.
    let _ = writeln!(io::stderr(), "users-server: {error}");
    code
}
