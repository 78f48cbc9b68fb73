//! The log: one subscriber for the whole process, on standard error. Must be set up once, and never by a library.

use std::io::{self, IsTerminal as _};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use log_buffer::LogBuffer;
use prometheus_client::registry::Registry;
use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};

static LINES: LazyLock<Arc<LogBuffer>> = LazyLock::new(Arc::default);

/// Path prefixes of modules that log addresses of webhook destinations at debug level; these lines are never written.
const HTTP_CLIENT: [&str; 4] = ["hyper", "native_tls", "reqwest", "tower_http"];

/// Maximum wait for the reader of the log when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Why logging could not start.
#[derive(Debug, Error)]
pub(crate) enum TelemetryError {
    #[error(transparent)]
    Started(#[from] TryInitError),
    #[error("cannot write the log: {0}")]
    Thread(#[from] io::Error),
}

/// Writes the rest of the log when dropped, within a limited time.
#[must_use = "the log ends when this is dropped"]
pub(crate) struct LogGuard(());

impl Drop for LogGuard {
    fn drop(&mut self) {
        flush();
    }
}

/// Starts logging, panics included. Standard output stays free for the output of commands.
pub(crate) fn start(log: &Log) -> Result<LogGuard, TelemetryError> {
    let stderr = io::stderr();
    let style = Style::of(log.format, stderr.is_terminal());
    subscriber(log, style, Arc::clone(&LINES)).try_init()?;
    LINES.write_to(stderr, |lines| {
        tracing::warn!(lines, "log lines were dropped");
    })?;
    panic::set_hook(Box::new(log_panic));
    Ok(LogGuard(()))
}

/// Waits at most a second until all lines logged so far are written, so that an unread log does not keep the process
/// alive.
pub(crate) fn flush() {
    LINES.flush(FLUSH_TIMEOUT);
}

/// Registers the metric of dropped lines.
pub(crate) fn register(registry: &mut Registry) {
    registry.register(
        "log_lines_dropped",
        "Lines that are missing in the log, because its reader was too slow or gone",
        LINES.dropped_ever(),
    );
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(tracing::field::display);
    let error = panic.payload_as_str();
    tracing::error!(location, error, "panicked");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Json,
    Plain,
    Coloured,
}

impl Style {
    fn of(format: LogFormat, terminal: bool) -> Self {
        match (format, terminal) {
            (LogFormat::Json, _) | (LogFormat::Auto, false) => Self::Json,
            (LogFormat::Text, false) => Self::Plain,
            (LogFormat::Text | LogFormat::Auto, true) => Self::Coloured,
        }
    }
}

fn subscriber<W>(log: &Log, style: Style, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_writer(writer);
    let lines = if style == Style::Json {
        // The request's span is seldom the innermost one, so each line lists all spans, and no span twice.
        let lines = lines.json().flatten_event(true);
        lines.with_current_span(false).with_span_list(true).boxed()
    } else {
        let lines = lines.compact().with_target(false).with_timer(TimeOfDay);
        // `lines` is coloured by default, unless NO_COLOR is set.
        match style {
            Style::Plain => lines.with_ansi(false).boxed(),
            _ => lines.boxed(),
        }
    };
    let quiet = HTTP_CLIENT.map(|target| (target, LevelFilter::INFO));
    let quiet = Targets::new().with_default(LevelFilter::TRACE).with_targets(quiet);
    tracing_subscriber::registry().with(lines.with_filter(log.filter.clone().and(quiet)))
}

/// Writes the time as `10:17:15` in UTC, without the date.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, w: &mut Writer<'_>) -> std::fmt::Result {
        #[expect(
            clippy::disallowed_methods,
            reason = "no domain rule depends on the time of a log line"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = now.unwrap_or_default().as_secs();
        let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
        write!(w, "{hours:02}:{minutes:02}:{:02}", seconds % 60)
    }
}

#[cfg(test)]
mod tests;
