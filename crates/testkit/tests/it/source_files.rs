//! The Rust files: how long they are, and what must not be in them.

use std::path::Path;

use crate::{assert_none, files, repository, shown};

const MAX_LINES: usize = 350;
const MAX_TEST_LINES: usize = 500;

/// Written in two parts, so that this file does not have them. Clippy forbids more, such as sleeping.
const FORBIDDEN: [(&str, &str); 6] = [
    (concat!("#[", "ignore"), "a test that does not run is none"),
    (concat!("to", "do!("), "finish it or leave it out"),
    (concat!("unimplem", "ented!("), "finish it or leave it out"),
    (concat!("db", "g!("), "use tracing, or a better assertion"),
    (
        concat!("block_in_", "place"),
        "it panics on the workers of actix",
    ),
    (
        concat!("@gener", "ated"),
        "generated files live in schema.rs alone",
    ),
];

/// Written by diesel's tool.
fn is_generated(path: &Path) -> bool {
    path.ends_with("schema.rs")
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn source_files() -> Vec<std::path::PathBuf> {
    let found = files(&repository().join("crates"), "rs");
    assert!(found.len() > 20, "the files were found");
    found
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let mut offences = Vec::new();
    for path in source_files().iter().filter(|path| !is_generated(path)) {
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        let most = if is_test(path) {
            MAX_TEST_LINES
        } else {
            MAX_LINES
        };
        if lines > most {
            offences.push(format!("{}: {lines} lines, at most {most}", shown(path)));
        }
    }
    assert_none(&offences, "these files are too long");
}

#[test]
fn nothing_unfinished_is_left() {
    let mut offences = Vec::new();
    for path in source_files() {
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            for (_, why) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                offences.push(format!("{}:{}: {why}", shown(&path), number + 1));
            }
        }
    }
    assert_none(&offences, "these lines must not stay");
}

#[test]
fn every_module_says_what_it_owns() {
    let offences: Vec<_> = source_files()
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
    assert_none(&offences, "these files have no `//!` at their head");
}
