//! Warnings and errors of the delivery are explained in `docs/OPERATIONS.md`.

use std::path::PathBuf;

use crate::{assert_none, files, repository, shown};

/// The source directories of the delivery.
const DIRECTORIES: [&str; 4] = [
    "crates/adapter-webhooks/src",
    "crates/adapter-postgres/src/lanes",
    "crates/adapter-postgres/src/destination_store",
    "crates/worker/src",
];

/// The messages of warnings and errors in a source text, each up to its first colon or semicolon. The documents may
/// shorten the rest.
fn messages(source: &str) -> Vec<String> {
    let calls = ["tracing::warn!(", "tracing::error!("];
    let calls = calls.iter().flat_map(|call| source.split(call).skip(1));
    let message = |call: &str| {
        let (_, text) = call.split_once('"')?;
        let (text, _) = text.split_once('"')?;
        let text = text.split([':', ';']).next()?;
        Some(text.to_owned())
    };
    calls.filter_map(message).collect()
}

#[test]
fn every_warning_and_error_of_delivery_is_documented() {
    let operations = repository().join("docs/OPERATIONS.md");
    let operations = std::fs::read_to_string(operations).unwrap();
    let explained: Vec<_> =
        operations.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let sources = DIRECTORIES.iter();
    let sources: Vec<PathBuf> =
        sources.flat_map(|directory| files(&repository().join(directory), "rs")).collect();
    let (mut violations, mut found) = (Vec::new(), 0);
    for path in sources {
        for message in messages(&std::fs::read_to_string(&path).unwrap()) {
            found += 1;
            if !explained.iter().any(|line| line.starts_with(&message)) {
                violations.push(format!("{}: {message}", shown(&path)));
            }
        }
    }
    assert!(found > 10, "only {found} messages were found");
    assert_none(&violations, "docs/OPERATIONS.md does not explain");
}

#[test]
fn messages_are_found_after_any_fields() {
    let source = r#"
        tracing::warn!(%error, "short");
        tracing::error!(
            %destination, status = 7,
            "long: \
             with more"
        );
        tracing::debug!("not this");
    "#;
    assert_eq!(messages(source), ["short", "long"]);
}
