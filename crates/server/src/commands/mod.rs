//! What the command line does besides serving: one file per noun. Answers go to standard output, everything else to the
//! log.

mod application;
mod key;
mod secrets;

use std::io;

use thiserror::Error;
use users_domain::ports::{StoreError, VaultError};
use users_domain::service::AccessError;

pub use application::run as application;
pub use key::run as key;
pub use secrets::run as secrets;

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
