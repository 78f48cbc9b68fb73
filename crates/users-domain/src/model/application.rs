//! Applications, the tenants of the service.

use super::names::short_text;
use super::words::words;
use super::{ApplicationId, ApplicationSettings, Timestamp};

short_text!(
    /// Display name of an application.
    ApplicationName,
    255,
    check_label
);

words!(
    /// Whether an application's users are real people or test data. Shown in key prefixes and events.
    Environment {
        /// Real people: `sk_live_` keys.
        Live = "live",
        /// Test data: `sk_test_` keys.
        Sandbox = "sandbox",
    }
);

impl Environment {
    /// The prefix of API keys in this environment.
    pub(crate) const fn key_prefix(self) -> &'static str {
        match self {
            Self::Live => "sk_live_",
            Self::Sandbox => "sk_test_",
        }
    }
}

words!(
    /// Effect of a client's edit of the name or date of birth of a verified user (docs/API.md).
    #[derive(Default)]
    VerifiedFieldsPolicy {
        /// The edit is ignored and recorded in the audit trail.
        #[default]
        ReadOnly = "read_only",
        /// The edit overrides the verified value.
        Override = "override",
    }
);

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
