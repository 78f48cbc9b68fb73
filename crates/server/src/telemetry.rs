//! The log: one subscriber for the whole process, on standard error. Must never be set up twice, nor by a library.

use std::io::IsTerminal as _;

use tracing_subscriber::Layer as _;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};

/// Starts logging. Standard output stays free for what a command answers.
///
/// # Errors
/// [`TryInitError`] where the process already logs.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    let terminal = std::io::stderr().is_terminal();
    let lines = fmt::layer().with_writer(std::io::stderr);
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !terminal,
    };
    // The span list would repeat every field that the current span has.
    let lines = if json {
        lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed()
    } else {
        lines.with_ansi(false).compact().boxed()
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(log.filter.clone()))
        .try_init()
}
