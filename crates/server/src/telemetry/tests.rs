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
    let log = Log { format, filter: filter.parse().unwrap() };
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
    assert!(text.contains("INFO") && text.contains("answered status=200 elapsed_ms=3"), "{text}");
    assert!(!text.contains('\x1b') && text.lines().count() == 1, "{text}");
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
        assert!(!text.contains("192.0.2.7") && text.contains("accepted"), "{filter}: {text}");
    }
}

#[test]
fn the_filter_is_per_module() {
    assert_eq!(logged(LogFormat::Json, false, "off"), "");
    assert_eq!(logged(LogFormat::Json, false, "off,noise=debug").lines().count(), 1);
    assert_eq!(logged(LogFormat::Json, false, "info,noise=debug").lines().count(), 2);
}
