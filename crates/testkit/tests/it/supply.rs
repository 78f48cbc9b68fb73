//! Licences, sources and bans of packages, with the lists of `deny.toml`. `.ci/run` checks known vulnerabilities if it
//! can.

use std::path::Path;

use toml::{Table, Value};

use crate::licence::satisfied;
use crate::metadata::{Package, packages, users_of};
use crate::{assert_none, repository};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn rules() -> Table {
    let path = repository().join("deny.toml");
    std::fs::read_to_string(Path::new(&path)).unwrap().parse().unwrap()
}

fn texts(values: &Value) -> Vec<String> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

fn named(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

#[test]
fn every_licence_is_allowed() {
    let allowed = texts(&rules()["licenses"]["allow"]);
    let violations: Vec<_> = packages()
        .iter()
        .filter(|package| {
            !package.licence.as_deref().is_some_and(|licence| satisfied(licence, &allowed))
        })
        .map(|package| format!("{}: {:?}", named(package), package.licence))
        .collect();
    assert_none(&violations, "these licences are not in deny.toml");
}

#[test]
fn every_package_comes_from_crates_io() {
    let violations: Vec<_> = packages()
        .iter()
        .filter(|package| package.source.as_deref().is_some_and(|source| source != REGISTRY))
        .map(|package| format!("{}: {:?}", named(package), package.source))
        .collect();
    assert_none(&violations, "these packages come from another source");
}

#[test]
fn no_package_is_banned() {
    let rules = rules();
    let banned = rules["bans"]["deny"].as_array().unwrap();
    assert!(!banned.is_empty());
    let mut violations = Vec::new();
    for ban in banned {
        let name = ban["crate"].as_str().unwrap();
        let wrappers = ban.get("wrappers").map(texts).unwrap_or_default();
        let users = users_of(name)
            .into_iter()
            .filter(|user| !wrappers.iter().any(|wrapper| wrapper == user));
        violations.extend(users.map(|user| format!("{name}, by {user}")));
    }
    assert_none(&violations, "these packages are banned in deny.toml");
}
