//! Rust files: maximum length and forbidden text.

use std::path::Path;

use crate::{assert_none, files, repository, shown};

const MAX_LINES: usize = 350;
const MAX_TEST_LINES: usize = 500;

/// Forbidden text and the reason, split so that this file does not contain the text. Clippy forbids further calls.
const FORBIDDEN: [(&str, &str); 6] = [
    (concat!("#[", "ignore"), "tests must run"),
    (concat!("to", "do!("), "finish or remove the code"),
    (concat!("unimplem", "ented!("), "finish or remove the code"),
    (concat!("db", "g!("), "use tracing, or a better assertion"),
    (concat!("block_in_", "place"), "it panics on the workers of actix"),
    (concat!("@gener", "ated"), "only schema.rs is generated"),
];

/// Whether diesel generated the file.
fn is_generated(path: &Path) -> bool {
    path.ends_with("schema.rs")
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn source_files() -> Vec<std::path::PathBuf> {
    let mut found = files(&repository().join("crates"), "rs");
    found.extend(files(&repository().join("examples"), "rs"));
    assert!(found.len() > 20, "the files were found");
    found
}

#[test]
fn no_file_exceeds_the_maximum_length() {
    let mut violations = Vec::new();
    for path in source_files().iter().filter(|path| !is_generated(path)) {
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        let max = if is_test(path) { MAX_TEST_LINES } else { MAX_LINES };
        if lines > max {
            violations.push(format!("{}: {lines} lines, at most {max}", shown(path)));
        }
    }
    assert_none(&violations, "these files are too long");
}

#[test]
fn no_file_contains_forbidden_text() {
    let mut violations = Vec::new();
    for path in source_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for (_, reason) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                violations.push(format!("{}:{}: {reason}", shown(&path), number + 1));
            }
        }
    }
    assert_none(&violations, "these lines contain forbidden text");
}

#[test]
fn every_module_has_a_module_comment() {
    let violations: Vec<_> = source_files()
        .iter()
        .filter(|path| !is_generated(path) && !is_test(path))
        .filter(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            !text
                .lines()
                .find(|line| !line.starts_with("#!["))
                .is_some_and(|line| line.starts_with("//!"))
        })
        .map(|path| shown(path))
        .collect();
    assert_none(&violations, "these files do not start with a `//!` comment");
}
