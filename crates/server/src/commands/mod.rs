//! What the command line does besides serving: one file per noun. Answers go to standard output, everything else to the
//! log.

mod answer;
mod application;
mod audit;
mod counters;
mod key;
mod purge;
mod secrets;

use std::io;

use thiserror::Error;
use users_domain::ports::{StoreError, VaultError};
use users_domain::service::{AccessError, RecountError};

pub use answer::Answer;
pub use application::run as application;
pub use audit::run as audit;
pub use counters::run as verify_counters;
pub use key::run as key;
pub use purge::run as purge;
pub use secrets::run as secrets;

/// How often a progress bar is drawn in a second, at most.
const DRAWN_HZ: u8 = 5;

/// Why a command did not do what was asked.
#[derive(Debug, Error)]
pub enum CommandError {
    /// An argument has a value that cannot be used.
    #[error("{argument}: {reason}")]
    Argument {
        /// Which argument.
        argument: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The use case refused.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Some secrets stay as they are.
    #[error(
        "{0} secrets cannot be opened with SECRET_KEY and SECRET_KEYS_PREVIOUS: the log names their destinations"
    )]
    Unreadable(usize),
    /// A recount did not get on.
    #[error(transparent)]
    Recount(#[from] RecountError),
    /// So many users' records do not say what their sessions and transactions do, or counts not what users there are.
    #[error("{0} are wrong; --repair puts them right")]
    Miscounted(u64),
    /// The audit trail is not what was written.
    #[error("the audit trail is not what was written")]
    TrailBroken,
    /// This signal came before everything was done.
    #[error("stopped by {0} before everything was done")]
    Stopped(&'static str),
    /// Another process erases users just now.
    #[error("another process is at it")]
    Busy,
    /// The process cannot hear when it is to stop.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    /// A new secret could not be shown.
    #[error("cannot write the new key: {output}; {then}")]
    NotShown {
        /// Why not.
        output: io::Error,
        /// What is valid now, and what is to be done about it.
        then: String,
    },
    /// Standard output is closed.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    fn argument(argument: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Argument { argument, reason }
    }
}
