//! Every query names its application: checked on the source, so that a new statement cannot omit it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The tables whose rows belong to an application, except those that workers process across applications: markers,
/// lanes and their rows.
const SCOPED: [&str; 9] = [
    "api_keys",
    "audit_details",
    "audit_entries",
    "events",
    "tags",
    "user_search",
    "users",
    "webhook_attempts",
    "webhook_destinations",
];

/// The words before a table name in a statement.
const WORDS: [&str; 4] = ["FROM ", "JOIN ", "INTO ", "UPDATE "];

/// The only exception: the lookup of a key's application.
const FINDS_THE_APPLICATION: &str = "WHERE k.digest = $1";

#[test]
fn every_statement_names_its_application() {
    let mut statements = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&file).unwrap();
        // The string literals, joined as they are sent; escaped quotes do not end a literal.
        let code = source.replace("\\\"", "'");
        for text in code.split('"').skip(1).step_by(2) {
            let names = |table: &&&str| {
                WORDS.iter().any(|word| {
                    text.match_indices(&format!("{word}{table}"))
                        .any(|(at, found)| {
                            let next = text[at + found.len()..].chars().next();
                            next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
                        })
                })
            };
            let Some(table) = SCOPED.iter().find(names) else {
                continue;
            };
            statements += 1;
            let scoped = text.contains("application_id")
                // The conditions that complete a statement; they begin with the application.
                || text.contains("{condition}")
                || text.contains("{BY_KEYS}")
                || text.contains(FINDS_THE_APPLICATION);
            assert!(scoped, "{} of {table}: {text}", file.display());
        }
    }
    assert!(statements >= 15, "only {statements} were found");
}

/// The sources of the adapter, except query plan tests.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "plans" {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
