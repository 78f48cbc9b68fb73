//! The documents: every link to a file of the repository leads to one, and to a heading where it names one.

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
            let ends = line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split_once(')'));
            found.extend(ends.map(|(target, _)| target.to_owned()));
        }
    }
    found
}

/// A heading as links name it.
fn slug(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(path: &Path, anchor: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| slug(line.trim_start_matches('#')) == anchor)
}

/// What is wrong with a link of this document, if anything.
fn broken(document: &Path, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return false;
    }
    let (file, anchor) = target
        .split_once('#')
        .map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() {
        document.to_owned()
    } else {
        document.with_file_name("").join(file)
    };
    !path.exists()
        || anchor.is_some_and(|anchor| {
            path.is_file()
                && path.extension().is_some_and(|e| e == "md")
                && !has_heading(&path, anchor)
        })
}

#[test]
fn every_link_leads_somewhere() {
    let mut offences = Vec::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let broken = links(&text)
            .into_iter()
            .filter(|target| broken(&path, target));
        offences.extend(broken.map(|target| format!("{}: {target}", shown(&path))));
    }
    assert_none(&offences, "these links are broken");
}

#[test]
fn links_and_headings_are_read_as_they_are_shown() {
    let text = "See [a](docs/A.md) and [b](#two-words).\n```\n[no](link)\n```\n";
    assert_eq!(links(text), ["docs/A.md", "#two-words"]);
    assert_eq!(
        slug(" Cluster of its own (without `database_url`)"),
        "cluster-of-its-own-without-database_url"
    );
}

/// Paths into a crate that a document names, in backticks or at the end of a line of a drawing.
fn paths_into_crates(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || c == '`')
        .map(|word| word.strip_prefix("crates/").unwrap_or(word))
        .filter(|word| {
            word.split_once('/')
                .is_some_and(|(_, rest)| rest.starts_with("src"))
        })
        .collect()
}

#[test]
fn every_place_that_the_architecture_names_is_there() {
    let text = std::fs::read_to_string(repository().join("docs/ARCHITECTURE.md")).unwrap();
    let paths = paths_into_crates(&text);
    assert!(paths.len() > 10, "the paths were found");
    let missing: Vec<_> = paths
        .into_iter()
        .filter(|path| !repository().join("crates").join(path).exists())
        .map(str::to_owned)
        .collect();
    assert_none(
        &missing,
        "docs/ARCHITECTURE.md names places that are not there",
    );
}
