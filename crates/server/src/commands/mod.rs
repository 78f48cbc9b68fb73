//! What the command line does besides serving: one file per noun. Answers go to standard output, everything else to the
//! log.

mod application;
mod key;

use std::io;

use thiserror::Error;
use users_domain::service::AccessError;

pub use application::run as application;
pub use key::run as key;

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
