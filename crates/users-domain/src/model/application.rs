//! Applications, the tenants of the service.

use super::names::short_text;
use super::{ApplicationId, ApplicationSettings, InvalidValue, Timestamp};

short_text!(
    /// Display name of an application.
    ApplicationName,
    255,
    check_label
);

/// Whether an application's users are real people or test data. Shown in key prefixes and events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Real people: `sk_live_` keys.
    Live,
    /// Test data: `sk_test_` keys.
    Sandbox,
}

impl Environment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Live, Self::Sandbox];

    /// The value in events and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// Parses the exact value.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|value| value.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }

    /// The prefix of API keys in this environment.
    #[must_use]
    pub const fn key_prefix(self) -> &'static str {
        match self {
            Self::Live => "sk_live_",
            Self::Sandbox => "sk_test_",
        }
    }
}

/// Effect of a client's edit of the name or date of birth of a verified user (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum VerifiedFieldsPolicy {
    /// The edit is ignored and recorded in the audit trail.
    #[default]
    ReadOnly,
    /// The edit overrides the verified value.
    Override,
}

impl VerifiedFieldsPolicy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ReadOnly, Self::Override];

    /// The value of the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Override => "override",
        }
    }

    /// Parses the exact value.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|value| value.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// An application: a tenant of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its identifier.
    pub id: ApplicationId,
    /// Its name.
    pub name: ApplicationName,
    /// Live or sandbox; never changes.
    pub environment: Environment,
    /// The settings that the operator can change.
    pub settings: ApplicationSettings,
    /// When the application was created.
    pub created_at: Timestamp,
}
