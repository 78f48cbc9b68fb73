//! Allowed dependencies between crates: `server` depends on `api-actix` and the adapters, and these on `users-domain`.

use crate::metadata::{Kind, Package, cargo, members};
use crate::{assert_none, files, repository, shown};

/// Every crate of the repository, and the crates of the repository that it may depend on.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("adapter-memory", &["users-domain"]),
    // The cluster is for its feature `testing` only.
    ("adapter-postgres", &["embedded-postgres", "users-domain"]),
    ("adapter-rate-limits", &["users-domain"]),
    ("adapter-webhooks", &["key-ring", "users-domain"]),
    ("api-actix", &["key-ring", "users-domain"]),
    ("embedded-postgres", &[]),
    ("key-ring", &[]),
    (
        "server",
        &[
            "adapter-postgres",
            "adapter-rate-limits",
            "adapter-webhooks",
            "api-actix",
            "embedded-postgres",
            "key-ring",
            "users-domain",
        ],
    ),
    ("testkit", &["users-domain"]),
    // Tests running processes from outside.
    (
        "trials",
        &[
            "adapter-postgres",
            "adapter-rate-limits",
            "adapter-webhooks",
            "embedded-postgres",
            "testkit",
            "users-domain",
        ],
    ),
    ("users-domain", &[]),
];

/// All dependencies of the domain, and whether each is optional.
const DOMAIN: [(&str, bool); 13] = [
    ("async-trait", false),
    ("base64", false),
    ("chrono", false),
    ("hifijson", true),
    ("icu_properties", false),
    ("ipnet", false),
    ("mockall", true),
    ("sha2", false),
    ("thiserror", false),
    ("unicase", false),
    ("unicode-normalization", false),
    ("uuid", false),
    ("zeroize", false),
];

/// Crates for I/O, wire formats or databases, which the domain must not use.
const FORBIDDEN_IN_DOMAIN: [&str; 8] = [
    "actix-web",
    "diesel",
    "getrandom",
    "libc",
    "serde",
    "serde_json",
    "tokio",
    "tracing",
];

fn member(name: &str) -> &'static Package {
    members().find(|package| package.name == name).unwrap()
}

#[test]
fn every_crate_has_only_allowed_dependencies() {
    let mut names: Vec<_> = members().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ALLOWED.map(|(name, _)| name),
        "every crate is in the table"
    );

    let mut violations = Vec::new();
    for (name, allowed) in ALLOWED {
        for dependency in member(name).normal_dependencies() {
            if names.contains(&dependency) && !allowed.contains(&dependency) {
                violations.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert_none(&violations, "these dependencies are not allowed");
}

#[test]
fn the_domain_has_exactly_the_listed_dependencies() {
    let mut found: Vec<_> = member("users-domain")
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != Kind::Development)
        .map(|dependency| (dependency.name.as_str(), dependency.optional))
        .collect();
    found.sort_unstable();
    assert_eq!(found, DOMAIN);
}

#[test]
fn the_domain_depends_on_no_io_or_format_crate() {
    let tree = cargo(&[
        "tree",
        "--package=users-domain",
        "--edges=normal",
        "--features=json-reader",
        "--prefix=none",
        "--format={p}",
        "--locked",
    ]);
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"chrono"), "the tree was read: {tree}");
    let violations: Vec<_> = FORBIDDEN_IN_DOMAIN
        .iter()
        .filter(|name| names.contains(name))
        .map(ToString::to_string)
        .collect();
    assert_none(&violations, "the domain must not depend on these crates");
}

#[test]
fn every_crate_uses_the_lints_of_the_workspace() {
    let manifests = files(&repository().join("crates"), "toml");
    let manifests = manifests.iter().filter(|path| path.ends_with("Cargo.toml"));
    let mut count = 0;
    let mut violations = Vec::new();
    for path in manifests {
        count += 1;
        if !std::fs::read_to_string(path)
            .unwrap()
            .contains("[lints]\nworkspace = true\n")
        {
            violations.push(shown(path));
        }
    }
    assert_eq!(count, ALLOWED.len());
    assert_none(
        &violations,
        "these manifests lack `[lints] workspace = true`",
    );
}
