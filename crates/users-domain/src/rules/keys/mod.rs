//! Rules for the API keys of an application. Every change of a key is decided here, with its audit entries.
//!
//! Two rules consider all keys of the application: their number is limited, and no change may bring forward the time
//! from which it has no OWNER key, or none that is accepted from the caller's address.

mod authority;
mod change_set;
mod commands;
mod decide;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::model::ApiKey;

pub(crate) use authority::{may_end, may_handle};
pub use change_set::{KeyChangeSet, imported};
pub use commands::{KeyRotation, KeyUpdate, NewKey, NewSecret};
pub use decide::{decide_create, decide_revoke, decide_rotate, decide_update, expiry};

/// The facts that a decision about keys is based on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFacts {
    /// The requested key, in any state; `None` if the application has no key with this id.
    pub subject: Option<ApiKey>,
    /// The keys of the application that are accepted now, in any order.
    pub live: Vec<ApiKey>,
}

/// The outcome of a decision about keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum KeyOutcome {
    /// Write this change set.
    Changed(Box<KeyChangeSet>),
    /// The key already has the requested values; nothing is written.
    Unchanged(Box<ApiKey>),
    /// The command is refused.
    Refused(KeyRejection),
}

/// Why a command about a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRejection {
    /// The application has no such key.
    NotFound,
    /// The actor may not create or change a key of this kind.
    Forbidden,
    /// The requested expiry is not in the future.
    ExpiryNotAhead,
    /// The key is revoked or expired and can no longer be changed.
    Ended,
    /// The application would have no OWNER key that the caller's address may use, now or sooner than before.
    LastOwner,
    /// The application has the maximum number of live keys.
    TooMany,
}

impl fmt::Display for KeyRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such key",
            Self::Forbidden => "a key of this kind must not be changed",
            Self::ExpiryNotAhead => "the key would have expired already",
            Self::Ended => "the key has ended",
            Self::LastOwner => {
                "the application would be left without an OWNER key that the caller's address may use"
            }
            Self::TooMany => {
                return write!(f, "the application has {} live keys", ApiKey::MAX_LIVE);
            }
        })
    }
}

impl std::error::Error for KeyRejection {}
