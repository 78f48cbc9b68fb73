//! The commands of operators: they manage applications, keys and secrets, check the stored data, and erase users.
//!
//! As the HTTP API does, a command calls a use case of [`users_domain`] and shows its result: as text, or as one JSON
//! object per line. The crate owns the arguments, the output and its errors; the caller connects the use cases to a
//! database. Output goes to an [`Answer`], progress bars to standard error if it is a terminal, everything else to the
//! log.
//!
//! ```
//! use admin_cli::{Answer, ApplicationCommand};
//! use users_domain::service::AccessService;
//!
//! # async fn list(access: &AccessService) -> Result<(), admin_cli::CommandError> {
//! let mut out = std::io::stdout();
//! let mut answer = Answer::new(&mut out, false);
//! admin_cli::application(ApplicationCommand::List, access, &mut answer).await
//! # }
//! ```

mod answer;
mod application;
mod args;
mod audit;
mod counters;
pub mod first_key;
mod key;
mod purge;
mod secrets;

use std::io;

use thiserror::Error;
use users_domain::ports::{StoreError, VaultError};
use users_domain::service::{AccessError, RecountError};

pub use answer::Answer;
pub use application::run as application;
pub use args::{
    ApplicationCommand, AuditCommand, CountersCommand, KeyCommand, KindOfKey, SecretsCommand,
};
pub use audit::run as audit;
pub use counters::run as verify_counters;
pub use key::run as key;
pub use purge::run as purge;
pub use secrets::run as secrets;

/// Maximum redraws of a progress bar per second.
const DRAWN_HZ: u8 = 5;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CommandError {
    /// An argument has a value that cannot be used.
    #[error("{argument}: {reason}")]
    Argument {
        /// The argument.
        argument: &'static str,
        /// What is wrong, and which values are valid.
        reason: String,
    },
    /// The access service returned an error.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database returned an error or did not respond.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// This many secrets cannot be opened and are left unchanged.
    #[error(
        "{0} secrets cannot be opened with SECRET_KEY and SECRET_KEYS_PREVIOUS: the log names their destinations"
    )]
    Unreadable(usize),
    /// A recount failed.
    #[error(transparent)]
    Recount(#[from] RecountError),
    /// This many users' records differ from their sessions and transactions, or stored counts differ from the users.
    #[error("{0} records or counts are wrong; --repair corrects them")]
    Miscounted(u64),
    /// Entries of the audit trail were altered or are missing details.
    #[error("the audit trail was altered, or details are missing")]
    TrailBroken,
    /// This signal arrived before the command finished.
    #[error("stopped by {0} before the command finished")]
    Stopped(&'static str),
    /// Another process is erasing users.
    #[error("another process is erasing users")]
    Busy,
    /// The signal handlers cannot be installed.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    /// A new secret could not be written.
    #[error("cannot write the new key: {output}; {then}")]
    NotShown {
        /// The error of standard output.
        output: io::Error,
        /// Which keys are valid now, and what to do about them.
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
