//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use uuid::Uuid;

/// Keeps one record per person that a platform verifies.
#[derive(Debug, Parser)]
#[command(name = "users-server", version, about)]
pub struct Args {
    /// A configuration file over the defaults; the environment is over both.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until stopped (default).
    Serve {
        /// What this process does; others on the same database may do the rest.
        #[arg(long, value_enum, default_value_t)]
        role: ServeRole,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Make and list applications, and change their settings.
    #[command(subcommand)]
    Application(ApplicationCommand),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look after the secrets of webhook destinations.
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// Recount what users have from their sessions and transactions, and compare it with what their records say.
    VerifyCounters(CountersCommand),
    /// Erase users whose retention is over, and print what was erased.
    Purge {
        /// Only count whom it would erase.
        #[arg(long)]
        dry_run: bool,
    },
    /// Read the configuration, show it and say what is wrong with it.
    CheckConfig,
}

impl Default for Command {
    fn default() -> Self {
        let role = ServeRole::default();
        Self::Serve { role }
    }
}

/// What a serving process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ServeRole {
    /// Answers requests.
    Api,
    /// Delivers webhooks.
    Worker,
    /// Both.
    #[default]
    All,
}

impl ServeRole {
    /// Whether it answers requests.
    #[must_use]
    pub const fn answers(self) -> bool {
        matches!(self, Self::Api | Self::All)
    }

    /// Whether it delivers webhooks.
    #[must_use]
    pub const fn delivers(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// What to do with the secrets of webhook destinations.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum SecretsCommand {
    /// Seal under the current secret what previous ones sealed, and print how many there were.
    Reseal,
}

/// What to do with applications.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// Make an application and print its id.
    Create {
        /// What people call it.
        #[arg(long)]
        name: String,
        /// `live` for real people, `sandbox` for test data.
        #[arg(long, default_value = "live")]
        environment: String,
    },
    /// List all applications with their settings, oldest first.
    List,
    /// Change settings of an application, all of these or none, and print all it has then.
    Set {
        /// The id that `application list` shows.
        id: Uuid,
        /// A setting and its new value; the names are those that `application list` shows.
        #[arg(value_name = "NAME=VALUE", required = true)]
        settings: Vec<String>,
    },
}

/// What to recount.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct CountersCommand {
    /// Whose users; those of all applications when nothing is said.
    #[arg(long, value_name = "ID")]
    pub application: Option<Uuid>,
    /// Put right what is wrong.
    #[arg(long)]
    pub repair: bool,
}

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and print its secret, alone on a line, this once.
    Create {
        /// `OWNER`, `ADMIN`, `COMPLIANCE_OFFICER`, `DEVELOPER` or `READER`; for keys of kind `role`.
        #[arg(long, required_unless_present = "kind")]
        role: Option<String>,
        /// `role` for people and back ends, `service` for the internal API.
        #[arg(long, default_value = "role")]
        kind: String,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// Whose it is; the default application when nothing is said.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
        /// From when on it is refused: an RFC 3339 time, or a date for its first moment in UTC.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// Accept it from this network only, such as 192.0.2.0/24; may be given several times.
        #[arg(long = "allowed-ip", value_name = "NETWORK")]
        allowed_ips: Vec<String>,
    },
    /// List the keys of an application, oldest first, without their secrets.
    List {
        /// Whose; the default application when nothing is said.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
    },
    /// Revoke a key at once and for good.
    Revoke {
        /// The id that `key list` shows.
        id: Uuid,
        /// Whose it is; the default application when nothing is said.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
    },
}
