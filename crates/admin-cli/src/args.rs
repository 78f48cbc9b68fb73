//! The arguments of the commands.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Subcommand, ValueEnum};
use users_domain::model::{
    AllowedNetworks, ApplicationName, Environment, InvalidValue, KeyGrace, KeyName, Network, Role,
    Setting, Timestamp,
};
use uuid::Uuid;

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

impl ApplicationCommand {
    /// Returns the conflict between arguments that are valid individually.
    #[must_use]
    pub fn conflict(&self) -> Option<&'static str> {
        let Self::Set { settings, .. } = self else {
            return None;
        };
        let kind = std::mem::discriminant::<Setting>;
        let repeated = settings.iter().enumerate().any(|(index, setting)| {
            let mut earlier = settings.iter().take(index);
            earlier.any(|other| kind(other) == kind(setting))
        });
        repeated.then_some("a setting is given twice")
    }
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

impl KeyCommand {
    /// Returns the conflict between arguments that are valid individually.
    #[must_use]
    pub fn conflict(&self) -> Option<&'static str> {
        let Self::Create { kind, role, allowed_ips, .. } = self else {
            return None;
        };
        match (kind, role) {
            (KindOfKey::Service, Some(_)) => Some("--role does not go with --kind service"),
            (KindOfKey::Role, None) => Some("--kind role needs --role"),
            _ => {
                let checked = AllowedNetworks::new(allowed_ips.iter().copied());
                checked.err().map(|_| "a key has at most 50 networks")
            }
        }
    }

    /// Whether the command shows a new secret.
    #[must_use]
    pub const fn shows_secret(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Rotate { .. })
    }
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
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words).try_map(move |text| parse(&text))
}

/// Parses `NAME=VALUE`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let (name, value) = text.split_once('=').ok_or("must be a name, = and a value")?;
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
