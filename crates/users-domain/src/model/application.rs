//! Tenants.

use super::names::short_text;
use super::{ApplicationId, ApplicationSettings, InvalidValue, Timestamp};

short_text!(
    /// What people call an application.
    ApplicationName,
    255,
    check_label
);

/// Whether an application's users are real people or test data. Keys and events show it.
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

    /// The word of events and of the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// Reads the word, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|value| value.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }

    /// How the secrets of its keys begin.
    #[must_use]
    pub const fn key_prefix(self) -> &'static str {
        match self {
            Self::Live => "sk_live_",
            Self::Sandbox => "sk_test_",
        }
    }
}

/// What a client's edit of a verified user's name or date of birth does (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum VerifiedFieldsPolicy {
    /// It is ignored and noted.
    #[default]
    ReadOnly,
    /// It overrides the verified value.
    Override,
}

impl VerifiedFieldsPolicy {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ReadOnly, Self::Override];

    /// The word of the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::Override => "override",
        }
    }

    /// Reads the word, exactly.
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

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its identifier.
    pub id: ApplicationId,
    /// Its name.
    pub name: ApplicationName,
    /// Live or sandbox; never changes.
    pub environment: Environment,
    /// What can be changed about it.
    pub settings: ApplicationSettings,
    /// When it was made.
    pub created_at: Timestamp,
}
