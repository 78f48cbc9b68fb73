//! The log: one subscriber for the whole process, on standard error. Must never be set up twice, nor by a library.

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::Layer as _;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};

/// Starts logging. Standard output stays free for what a command answers.
///
/// # Errors
/// [`TryInitError`] where the process already logs.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    subscriber(log, std::io::stderr().is_terminal(), std::io::stderr).try_init()
}

fn subscriber<W>(log: &Log, terminal: bool, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !terminal,
    };
    let lines = fmt::layer().with_writer(writer);
    let lines = if json {
        // The request's span is seldom the innermost one, so all of them are shown, and none of them twice.
        let lines = lines.json().flatten_event(true);
        lines.with_current_span(false).with_span_list(true).boxed()
    } else {
        lines.with_ansi(false).boxed()
    };
    tracing_subscriber::registry().with(lines.with_filter(log.filter.clone()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::{Log, LogFormat, subscriber};

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

    /// What is logged of one request, in this format.
    fn logged(format: LogFormat, terminal: bool, filter: &str) -> String {
        let written = Written::default();
        let writer = written.clone();
        let log = Log {
            format,
            filter: filter.parse().unwrap(),
        };
        let subscriber = subscriber(&log, terminal, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            let _request = tracing::info_span!("request", request_id = "r1").entered();
            let _step = tracing::info_span!("step").entered();
            tracing::info!(status = 200, elapsed_ms = 3, "answered");
            tracing::debug!(target: "noise", "detail");
        });
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
    fn auto_follows_the_terminal() {
        assert!(logged(LogFormat::Auto, false, "info").starts_with('{'));
        assert!(!logged(LogFormat::Auto, true, "info").starts_with('{'));
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
