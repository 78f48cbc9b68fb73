//! Command-line arguments.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use users_domain::model::{
    AllowedNetworks, ApplicationName, Environment, InvalidValue, KeyGrace, KeyName, Network, Role,
    Setting, Timestamp,
};
use uuid::Uuid;

use crate::config;

/// Keeps one record per person that a platform verifies.
#[derive(Debug, Parser)]
#[command(name = "users-server", version, about, after_long_help = config::settings_help())]
pub struct Args {
    /// Print output as JSON, one object per line.
    #[arg(long, global = true)]
    pub json: bool,

    /// Configuration file. It overrides the defaults; environment variables override both.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The command; `serve` if omitted.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Args {
    /// Reads the command line.
    ///
    /// # Errors
    /// The text to print instead of running a command: the help, or the reason why the arguments are invalid.
    pub fn read() -> clap::error::Result<Self> {
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
        Command::Key(KeyCommand::Create {
            kind: KindOfKey::Service,
            role: Some(_),
            ..
        }) => Some("--role does not go with --kind service"),
        Command::Key(KeyCommand::Create {
            kind: KindOfKey::Role,
            role: None,
            ..
        }) => Some("--kind role needs --role"),
        Command::Application(ApplicationCommand::Set { settings, .. }) => {
            let kind = std::mem::discriminant::<Setting>;
            let repeated = settings.iter().enumerate().any(|(index, setting)| {
                let mut earlier = settings.iter().take(index);
                earlier.any(|other| kind(other) == kind(setting))
            });
            repeated.then_some("a setting is given twice")
        }
        Command::Key(KeyCommand::Create { allowed_ips, .. }) => {
            let checked = AllowedNetworks::new(allowed_ips.iter().copied());
            checked.err().map(|_| "a key has at most 50 networks")
        }
        _ => None,
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
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
pub enum ServeRole {
    /// Serves API requests.
    Api,
    /// Delivers webhooks.
    Worker,
    /// Both.
    #[default]
    All,
}

impl ServeRole {
    /// Whether the role serves API requests.
    #[must_use]
    pub const fn answers(self) -> bool {
        matches!(self, Self::Api | Self::All)
    }

    /// Whether the role delivers webhooks.
    #[must_use]
    pub const fn delivers(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// Commands for the secrets of webhook destinations.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum SecretsCommand {
    /// Reseal with the current key all secrets that a previous key sealed, and print their number.
    Reseal,
}

/// Commands for applications.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// Create an application and print its id.
    Create {
        /// Display name.
        #[arg(long, value_parser = |text: &str| ApplicationName::parse(text))]
        name: ApplicationName,
        /// `live` for real people, `sandbox` for test data.
        #[arg(long, default_value = "live", value_parser = word(Environment::ALL.map(Environment::as_str), Environment::parse))]
        environment: Environment,
    },
    /// List all applications with their settings, oldest first.
    List,
    /// Change settings of an application, all or none, and print all its settings.
    Set {
        /// The id that `application list` shows.
        id: Uuid,
        /// A setting and its new value; the names are those that `application list` shows.
        #[arg(value_name = "NAME=VALUE", required = true, value_parser = setting)]
        settings: Vec<Setting>,
    },
}

/// Arguments of `verify-counters`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct CountersCommand {
    /// Application to check; all applications if omitted.
    #[arg(long, value_name = "ID")]
    pub application: Option<Uuid>,
    /// Correct the records that are wrong.
    #[arg(long)]
    pub repair: bool,
}

/// Commands for the audit trail.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum AuditCommand {
    /// Check every entry against its commitment; fails if an entry was altered or its detail is missing.
    Verify {
        /// Application to check; all applications if omitted.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
    },
}

/// Commands for API keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key and print its secret once, alone on a line.
    Create {
        /// `OWNER`, `ADMIN`, `COMPLIANCE_OFFICER`, `DEVELOPER` or `READER`; for keys of kind `role`.
        #[arg(long, required_unless_present = "kind", value_parser = word(Role::ALL.map(Role::as_str), Role::parse))]
        role: Option<Role>,
        /// `role` for people and back ends, `service` for the internal API.
        #[arg(long, value_enum, default_value_t)]
        kind: KindOfKey,
        /// Display name.
        #[arg(long, value_parser = |text: &str| KeyName::parse(text))]
        name: KeyName,
        /// Application of the key; the default application if omitted.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
        /// When the key expires: an RFC 3339 time, or a date (midnight UTC).
        #[arg(long, value_name = "TIME", value_parser = time)]
        expires: Option<Timestamp>,
        /// Accept the key only from this network, such as 192.0.2.0/24; may be repeated.
        #[arg(long = "allowed-ip", value_name = "NETWORK", value_parser = Network::parse)]
        allowed_ips: Vec<Network>,
    },
    /// Replace a key by a new one, and print the new secret once, alone on a line.
    Rotate {
        /// The id that `key list` shows.
        id: Uuid,
        /// Application of the key, as an additional check; optional.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
        /// Minutes for which the old key is still accepted, 0 to 10080.
        #[arg(long = "grace-minutes", value_name = "MINUTES", default_value = "1440", value_parser = grace)]
        grace: KeyGrace,
    },
    /// List the keys of an application, oldest first, without their secrets.
    List {
        /// Application whose keys to list; the default application if omitted.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
    },
    /// Revoke a key immediately and permanently.
    Revoke {
        /// The id that `key list` shows.
        id: Uuid,
        /// Application of the key, as an additional check; optional.
        #[arg(long, value_name = "ID")]
        application: Option<Uuid>,
    },
}

/// Kinds of API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum KindOfKey {
    /// People and back ends.
    #[default]
    Role,
    /// The internal API.
    Service,
}

/// Parses one of a fixed set of words; `--help` and errors list the words.
fn word<T: Clone + Send + Sync + 'static, const N: usize>(
    words: [&'static str; N],
    parse: fn(&str) -> Result<T, InvalidValue>,
) -> impl clap::builder::TypedValueParser<Value = T> {
    PossibleValuesParser::new(words).try_map(move |text| parse(&text))
}

/// Parses `NAME=VALUE`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("must be a name, = and a value")?;
    Setting::parse(name, value).map_err(|error| error.to_string())
}

/// Parses an RFC 3339 time, or a date as midnight UTC.
fn time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .map_err(|_| "must be an RFC 3339 time or YYYY-MM-DD")
}

fn grace(text: &str) -> Result<KeyGrace, String> {
    let minutes = text.parse().map_err(|_| "must be a number of minutes")?;
    KeyGrace::from_minutes(minutes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_definition() {
        Args::command().debug_assert();
    }

    #[test]
    fn unusable_values_are_usage_errors() {
        for arguments in [
            "key create --name x",
            "key create --name x --role KING",
            "key create --name x --role READER --kind king",
            "key create --name x --role READER --expires soon",
            "key create --name x --role READER --allowed-ip 10.1.2.3/8",
            "key rotate 00000000-0000-8000-8000-000000000001 --grace-minutes 10081",
            "application create --name x --environment moon",
            "application set 00000000-0000-8000-8000-000000000001 retention_days=-1",
            "application set 00000000-0000-8000-8000-000000000001 colour=red",
            "application set 00000000-0000-8000-8000-000000000001 verified_fields",
        ] {
            let words = ["users-server"].into_iter().chain(arguments.split(' '));
            let error = Args::try_parse_from(words).expect_err(arguments);
            assert_eq!(error.exit_code(), 2, "{arguments}");
        }
        for arguments in [
            "key create --name x --role READER --kind service",
            "key create --name x --kind role",
            "application set 00000000-0000-8000-8000-000000000001 retention_days=1 retention_days=2",
        ] {
            let words = ["users-server"].into_iter().chain(arguments.split(' '));
            let command = Args::try_parse_from(words).unwrap().command.unwrap();
            assert!(conflict(&command).is_some(), "{arguments}");
        }
        for (networks, too_many) in [(50, false), (51, true)] {
            let networks = (0..networks).map(|number| format!("--allowed-ip=10.0.0.{number}"));
            let words = "users-server key create --name x --role READER".split(' ');
            let words = words.map(str::to_owned).chain(networks);
            let command = Args::try_parse_from(words).unwrap().command.unwrap();
            assert_eq!(conflict(&command).is_some(), too_many);
        }
    }

    #[test]
    fn help_names_the_settings() {
        let help = Args::command().render_long_help().to_string();
        for part in [
            "LISTEN_ADDR",
            "127.0.0.1:8080",
            "DATABASE_URL",
            "completions",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
    }
}
