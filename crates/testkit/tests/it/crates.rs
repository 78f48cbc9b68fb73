//! Allowed dependencies between crates: `server` depends on `api-actix` and the adapters, and these on `users-domain`.

use crate::metadata::{Kind, Package, cargo, members};
use crate::{assert_none, files, repository, shown};

/// Every crate of the repository, and the crates of the repository that it may depend on.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("adapter-memory", &["users-domain"]),
    // The cluster is for its feature `testing` only.
    ("adapter-postgres", &["embedded-postgres", "users-domain"]),
    ("adapter-rate-limits", &["users-domain"]),
    ("adapter-system", &["users-domain"]),
    ("adapter-webhooks", &["key-ring", "users-domain"]),
    // It reads stored audit entries for their check.
    ("admin-cli", &["adapter-postgres", "adapter-system", "users-domain"]),
    ("api-actix", &["key-ring", "users-domain"]),
    ("embedded-postgres", &[]),
    // An example of a store.
    ("file-store", &["users-domain"]),
    ("key-ring", &[]),
    ("layered-settings", &[]),
    ("log-buffer", &[]),
    (
        "server",
        &[
            "adapter-postgres",
            "adapter-rate-limits",
            "adapter-system",
            "adapter-webhooks",
            "admin-cli",
            "api-actix",
            "embedded-postgres",
            "key-ring",
            "layered-settings",
            "log-buffer",
            "users-domain",
            "worker",
        ],
    ),
    ("testkit", &["users-domain"]),
    ("text-normal-form", &[]),
    // Tests running processes from outside.
    (
        "trials",
        &["adapter-postgres", "adapter-webhooks", "embedded-postgres", "testkit", "users-domain"],
    ),
    ("users-domain", &["text-normal-form"]),
    ("worker", &["adapter-webhooks", "users-domain"]),
];

/// All dependencies of the domain, and whether each is optional.
const DOMAIN: [(&str, bool); 11] = [
    ("async-trait", true),
    ("base64", false),
    ("chrono", false),
    ("hifijson", true),
    ("ipnet", false),
    ("mockall", true),
    ("sha2", false),
    ("text-normal-form", false),
    ("thiserror", true),
    ("uuid", false),
    ("zeroize", true),
];

/// Maximum number of dependencies of the domain that are not optional (docs/adr/0035-domain-dependencies.md).
const MAX_REQUIRED_IN_DOMAIN: usize = 6;

/// Crates for procedural macros, which most of the build time of a small crate goes to.
const FORBIDDEN_WITHOUT_FEATURES: [&str; 3] = ["syn", "quote", "proc-macro2"];

/// Crates for I/O, wire formats or databases, which the domain must not use.
const FORBIDDEN_IN_DOMAIN: [&str; 8] =
    ["actix-web", "diesel", "getrandom", "libc", "serde", "serde_json", "tokio", "tracing"];

fn member(name: &str) -> &'static Package {
    members().find(|package| package.name == name).unwrap()
}

#[test]
fn every_crate_has_only_allowed_dependencies() {
    let mut names: Vec<_> = members().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ALLOWED.map(|(name, _)| name), "every crate is in the table");

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
    let required = DOMAIN.iter().filter(|(_, optional)| !optional);
    assert!(required.count() <= MAX_REQUIRED_IN_DOMAIN);
}

/// The names of the packages that the domain needs with these features.
fn needed_by_the_domain(features: &str) -> Vec<String> {
    let tree = cargo(&[
        "tree",
        "--package=users-domain",
        "--edges=normal",
        &format!("--features={features}"),
        "--prefix=none",
        "--format={p}",
        "--locked",
    ]);
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names: Vec<_> = names.map(str::to_owned).collect();
    assert!(names.contains(&"chrono".to_owned()), "the tree was read: {tree}");
    names
}

fn assert_without(names: &[String], forbidden: &[&str]) {
    let is_forbidden = |name: &&String| forbidden.contains(&name.as_str());
    let violations: Vec<_> = names.iter().filter(is_forbidden).cloned().collect();
    assert_none(&violations, "the domain must not depend on these crates");
}

#[test]
fn the_domain_depends_on_no_io_or_format_crate() {
    assert_without(&needed_by_the_domain("json-reader,ports"), &FORBIDDEN_IN_DOMAIN);
    assert_without(&needed_by_the_domain(""), &FORBIDDEN_WITHOUT_FEATURES);
}

#[test]
fn every_crate_uses_the_lints_of_the_workspace() {
    let directories = ["crates", "examples"].map(|name| repository().join(name));
    let manifests: Vec<_> =
        directories.iter().flat_map(|directory| files(directory, "toml")).collect();
    let manifests = manifests.iter().filter(|path| path.ends_with("Cargo.toml"));
    let mut count = 0;
    let mut violations = Vec::new();
    for path in manifests {
        count += 1;
        if !std::fs::read_to_string(path).unwrap().contains("[lints]\nworkspace = true\n") {
            violations.push(shown(path));
        }
    }
    assert_eq!(count, ALLOWED.len());
    assert_none(&violations, "these manifests lack `[lints] workspace = true`");
}
