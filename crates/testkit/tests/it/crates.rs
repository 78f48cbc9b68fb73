//! Which crate may depend on which: `server` on `api-actix` and the adapters, these on `users-domain`, nothing back.

use crate::metadata::{Kind, Package, cargo, members};
use crate::{assert_none, files, repository, shown};

/// Every crate of the repository, and the ones of the repository that it may depend on.
const ARROWS: [(&str, &[&str]); 10] = [
    ("adapter-memory", &["users-domain"]),
    ("adapter-postgres", &["key-ring", "users-domain"]),
    ("adapter-redis", &["users-domain"]),
    ("adapter-webhooks", &["key-ring", "users-domain"]),
    ("api-actix", &["key-ring", "users-domain"]),
    ("key-ring", &[]),
    (
        "server",
        &[
            "adapter-memory",
            "adapter-postgres",
            "adapter-redis",
            "adapter-webhooks",
            "api-actix",
            "key-ring",
            "users-domain",
        ],
    ),
    ("testkit", &["users-domain"]),
    // Tries the whole from outside.
    (
        "trials",
        &[
            "adapter-postgres",
            "adapter-redis",
            "adapter-webhooks",
            "testkit",
            "users-domain",
        ],
    ),
    ("users-domain", &[]),
];

/// Everything that the domain depends on, and whether it is optional.
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

/// What would mean that the domain does I/O, knows a wire format or a database.
const NOT_IN_THE_DOMAIN: [&str; 8] = [
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
fn every_crate_depends_only_on_what_its_place_allows() {
    let mut names: Vec<_> = members().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ARROWS.map(|(name, _)| name),
        "every crate has its place in the table"
    );

    let mut offences = Vec::new();
    for (name, allowed) in ARROWS {
        for dependency in member(name).normal_dependencies() {
            if names.contains(&dependency) && !allowed.contains(&dependency) {
                offences.push(format!("{name} -> {dependency}"));
            }
        }
    }
    assert_none(&offences, "these dependencies point the wrong way");
}

#[test]
fn the_domain_depends_on_exactly_these() {
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
fn nothing_below_the_domain_does_io_or_knows_a_format() {
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
    let offences: Vec<_> = NOT_IN_THE_DOMAIN
        .iter()
        .filter(|name| names.contains(name))
        .map(ToString::to_string)
        .collect();
    assert_none(&offences, "the domain must not need these");
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifests = files(&repository().join("crates"), "toml");
    let manifests = manifests.iter().filter(|path| path.ends_with("Cargo.toml"));
    let mut count = 0;
    let mut offences = Vec::new();
    for path in manifests {
        count += 1;
        if !std::fs::read_to_string(path)
            .unwrap()
            .contains("[lints]\nworkspace = true\n")
        {
            offences.push(shown(path));
        }
    }
    assert_eq!(count, ARROWS.len());
    assert_none(&offences, "these manifests lack `[lints] workspace = true`");
}
