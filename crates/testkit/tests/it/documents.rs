//! Documents: the target file and heading of every link into the repository exist.

use std::path::{Path, PathBuf};

use crate::{assert_none, files, repository, shown};

fn documents() -> Vec<PathBuf> {
    let top = repository();
    let mut found: Vec<_> = std::fs::read_dir(top)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    for directory in ["docs", "migrations", "crates"] {
        found.extend(files(&top.join(directory), "md"));
    }
    assert!(found.len() > 3, "the documents were found");
    found
}

/// The targets of `[text](target)`, outside of code blocks.
fn links(text: &str) -> Vec<String> {
    let mut code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let ends = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(ends.map(|(target, _)| target.to_owned()));
        }
    }
    found
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    let characters = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    characters.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(path: &Path, anchor: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| slug(line.trim_start_matches('#')) == anchor)
}

/// Whether the target of a link in this document does not exist.
fn broken(document: &Path, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return false;
    }
    let (file, anchor) =
        target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path =
        if file.is_empty() { document.to_owned() } else { document.with_file_name("").join(file) };
    !path.exists()
        || anchor.is_some_and(|anchor| {
            path.is_file()
                && path.extension().is_some_and(|e| e == "md")
                && !has_heading(&path, anchor)
        })
}

#[test]
fn every_link_has_an_existing_target() {
    let mut violations = Vec::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let broken = links(&text).into_iter().filter(|target| broken(&path, target));
        violations.extend(broken.map(|target| format!("{}: {target}", shown(&path))));
    }
    assert_none(&violations, "these links are broken");
}

#[test]
fn links_and_anchors_are_parsed() {
    let text = "See [a](docs/A.md) and [b](#two-words).\n```\n[no](link)\n```\n";
    assert_eq!(links(text), ["docs/A.md", "#two-words"]);
    assert_eq!(
        slug(" Embedded cluster (without `database_url`)"),
        "embedded-cluster-without-database_url"
    );
}

/// Paths into crates in a document, in backticks or in drawings.
fn paths_into_crates(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || c == '`')
        .map(|word| word.strip_prefix("crates/").unwrap_or(word))
        .filter(|word| word.split_once('/').is_some_and(|(_, rest)| rest.starts_with("src")))
        .collect()
}

#[test]
fn every_path_in_the_architecture_document_exists() {
    let text = std::fs::read_to_string(repository().join("docs/ARCHITECTURE.md")).unwrap();
    let paths = paths_into_crates(&text);
    assert!(paths.len() > 10, "the paths were found");
    let missing: Vec<_> = paths
        .into_iter()
        .filter(|path| !repository().join("crates").join(path).exists())
        .map(str::to_owned)
        .collect();
    assert_none(&missing, "docs/ARCHITECTURE.md names paths that do not exist");
}
