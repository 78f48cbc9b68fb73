//! The log: one subscriber for the whole process, on standard error. Must be set up once, and never by a library.

mod lines;

use std::io::{self, IsTerminal as _};
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
use lines::Lines;

static LINES: LazyLock<Arc<Lines>> = LazyLock::new(Arc::default);

/// Path prefixes of modules that log addresses of webhook destinations at debug level; these lines are never written.
const HTTP_CLIENT: [&str; 4] = ["hyper", "native_tls", "reqwest", "tower_http"];

/// Maximum wait for the reader of the log when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Why logging could not start.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The process logs already.
    #[error(transparent)]
    Started(#[from] TryInitError),
    /// The operating system provides no thread.
    #[error("cannot write the log: {0}")]
    Thread(#[from] io::Error),
}

/// Writes the rest of the log when dropped, within a limited time.
#[must_use = "the log ends when this is dropped"]
pub struct LogGuard(());

impl Drop for LogGuard {
    fn drop(&mut self) {
        flush();
    }
}

/// Starts logging, panics included. Standard output stays free for the output of commands.
///
/// # Errors
/// [`TelemetryError`].
pub fn start(log: &Log) -> Result<LogGuard, TelemetryError> {
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
pub fn flush() {
    LINES.flush(FLUSH_TIMEOUT);
}

/// Registers the metric of dropped lines.
pub fn register(registry: &mut Registry) {
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
    let quiet = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(quiet);
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
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Returns the log of one request in this format.
    fn logged(format: LogFormat, terminal: bool, filter: &str) -> String {
        logging(format, terminal, filter, || {
            let _request = tracing::info_span!("request", request_id = "r1").entered();
            let _step = tracing::info_span!("step").entered();
            tracing::info!(status = 200, elapsed_ms = 3, "answered");
            tracing::debug!(target: "noise", "detail");
        })
    }

    fn logging(format: LogFormat, terminal: bool, filter: &str, work: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let log = Log {
            format,
            filter: filter.parse().unwrap(),
        };
        let subscriber = subscriber(&log, Style::of(format, terminal), move || writer.clone());
        tracing::subscriber::with_default(subscriber, work);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_has_one_object_a_line_with_the_fields_of_every_span() {
        let text = logged(LogFormat::Json, true, "info");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "answered");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["status"], 200);
        assert_eq!(line["spans"][0]["request_id"], "r1");
        assert_eq!(text.matches("r1").count(), 1, "{text}");
    }

    #[test]
    fn text_is_for_people_and_has_no_escape_sequences() {
        let text = logged(LogFormat::Text, false, "info");
        assert!(
            text.contains("INFO") && text.contains("answered status=200 elapsed_ms=3"),
            "{text}"
        );
        assert!(
            !text.contains('\x1b') && text.lines().count() == 1,
            "{text}"
        );
    }

    #[test]
    fn colours_are_for_terminals() {
        let text = logged(LogFormat::Auto, true, "info");
        assert!(text.contains("\x1b[32m INFO\x1b[0m"), "{text:?}");
        assert!(text.len() < 200, "{text:?}");
        assert!(!logged(LogFormat::Json, true, "info").contains('\x1b'));
    }

    #[test]
    fn a_panic_is_logged_as_one_line() {
        let text = logging(LogFormat::Json, false, "info", || {
            let before = panic::take_hook();
            panic::set_hook(Box::new(log_panic));
            let caught = panic::catch_unwind(|| panic!("boom"));
            panic::set_hook(before);
            assert!(caught.is_err());
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!([&line["message"], &line["error"]], ["panicked", "boom"]);
        assert!(line["location"].as_str().unwrap().contains("telemetry"));
    }

    #[test]
    fn auto_follows_the_terminal() {
        assert!(logged(LogFormat::Auto, false, "info").starts_with('{'));
        assert!(!logged(LogFormat::Auto, true, "info").starts_with('{'));
    }

    #[test]
    fn no_level_shows_addresses_of_destinations() {
        for filter in ["debug", "trace", "info,hyper_util=trace,reqwest=debug"] {
            let text = logging(LogFormat::Json, false, filter, || {
                tracing::debug!(target: "hyper_util::client::legacy::connect::http", "connecting to 192.0.2.7:443");
                tracing::trace!(target: "reqwest::connect", "192.0.2.7");
                tracing::debug!(target: "native_tls::imp", "192.0.2.7");
                tracing::info!(target: "hyper_util", "accepted");
            });
            assert!(
                !text.contains("192.0.2.7") && text.contains("accepted"),
                "{filter}: {text}"
            );
        }
    }

    #[test]
    fn the_filter_is_per_module() {
        assert_eq!(logged(LogFormat::Json, false, "off"), "");
        assert_eq!(
            logged(LogFormat::Json, false, "off,noise=debug")
                .lines()
                .count(),
            1
        );
        assert_eq!(
            logged(LogFormat::Json, false, "info,noise=debug")
                .lines()
                .count(),
            2
        );
    }
}
