//! What may be done to the API keys of an application, and what follows: every change of a key comes out of one of the
//! decisions here, together with its audit entries.
//!
//! Two rules look at all keys of the application, so a decision sees them all: how many there may be, and that no change may
//! bring forward the time from which the application has no OWNER key, or none that is accepted from where the caller is.

mod authority;
mod change_set;
mod commands;
mod decide;
mod owner_key_coverage;

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::model::ApiKey;

pub use authority::{may_end, may_handle};
pub use change_set::KeyChangeSet;
pub use change_set::imported;
pub use commands::{KeyRotation, KeyUpdate, NewKey, NewSecret};
pub use decide::{decide_create, decide_revoke, decide_rotate, decide_update, expiry};

/// What a decision about keys is made on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyFacts {
    /// The key that is asked about, in whatever state; none where the application has none of this id.
    pub subject: Option<ApiKey>,
    /// The keys of the application that are accepted now, in any order.
    pub live: Vec<ApiKey>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOutcome {
    /// Write this.
    Changed(Box<KeyChangeSet>),
    /// Nothing: the key is as asked already.
    Unchanged(Box<ApiKey>),
    /// Nothing: it may not be done.
    Refused(KeyRejection),
}

/// Why nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRejection {
    /// The application has no such key.
    #[error("there is no such key")]
    NotFound,
    /// The actor may not make or touch a key of this kind.
    #[error("a key of this kind may not be touched")]
    Forbidden,
    /// The wished-for end of the key is not ahead.
    #[error("the key would have expired already")]
    ExpiryNotAhead,
    /// The key was revoked or has expired: it is never revived.
    #[error("the key has ended")]
    Ended,
    /// The application would be without an OWNER key, or without one that is accepted from where the caller is, at once or
    /// earlier than it would be anyway.
    #[error("the application would be left without an OWNER key that the caller's address may use")]
    LastOwner,
    /// There are as many live keys as there may be.
    #[error("the application has {} live keys", ApiKey::MAX_LIVE)]
    TooMany,
}
