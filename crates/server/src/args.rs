//! Command-line arguments.

use std::path::PathBuf;

use admin_cli::{ApplicationCommand, AuditCommand, CountersCommand, KeyCommand, SecretsCommand};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use layered_settings::settings_help;

use crate::config::DEFAULTS;

/// Keeps one record per person that a platform verifies.
#[derive(Debug, Parser)]
#[command(name = "users-server", version, about, after_long_help = settings_help(DEFAULTS))]
pub(crate) struct Args {
    /// Print output as JSON, one object per line.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Configuration file. It overrides the defaults; environment variables override both.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The command; `serve` if omitted.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Args {
    /// Reads the command line.
    pub(crate) fn read() -> clap::error::Result<Self> {
        let args = Self::try_parse()?;
        match args.command.as_ref().and_then(conflict) {
            Some(problem) => Err(Self::command().error(ErrorKind::ArgumentConflict, problem)),
            None => Ok(args),
        }
    }
}

/// Returns the conflict between arguments that are valid individually.
fn conflict(command: &Command) -> Option<&'static str> {
    match command {
        Command::Application(command) => command.conflict(),
        Command::Key(command) => command.conflict(),
        _ => None,
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve until stopped (default).
    Serve {
        /// Work of this process; other processes on the same database may do the rest.
        #[arg(long, value_enum, default_value_t)]
        role: ServeRole,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Create and list applications, and change their settings.
    #[command(subcommand)]
    Application(ApplicationCommand),
    /// Create, list, rotate and revoke API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Manage the secrets of webhook destinations.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Recount users' sessions and transactions, and compare the result with the users' records.
    VerifyCounters(CountersCommand),
    /// Check the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Erase users whose retention period has ended, and print what was erased.
    Purge {
        /// Only count the users that would be erased.
        #[arg(long)]
        dry_run: bool,
    },
    /// Read the configuration, print it and report problems.
    CheckConfig,
    /// Print a shell completion script.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Default for Command {
    fn default() -> Self {
        let role = ServeRole::default();
        Self::Serve { role }
    }
}

/// The work of a serving process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ServeRole {
    /// Serves API requests.
    Api,
    /// Delivers webhooks and erases users.
    Worker,
    /// Both.
    #[default]
    All,
}

impl ServeRole {
    /// Whether the role serves API requests.
    pub(crate) const fn answers(self) -> bool {
        matches!(self, Self::Api | Self::All)
    }

    /// Whether the role delivers webhooks.
    pub(crate) const fn delivers(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

#[cfg(test)]
mod tests;
