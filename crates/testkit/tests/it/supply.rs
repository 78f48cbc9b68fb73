//! What comes from outside: licences, places and banned crates, by the lists of `deny.toml`. Known vulnerabilities are
//! not looked up here; `.ci/run` does where it can.

use std::path::Path;

use toml::{Table, Value};

use crate::licence::satisfied;
use crate::metadata::{Package, packages, users_of};
use crate::{assert_none, repository};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn rules() -> Table {
    let path = repository().join("deny.toml");
    std::fs::read_to_string(Path::new(&path))
        .unwrap()
        .parse()
        .unwrap()
}

fn texts(values: &Value) -> Vec<String> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

fn named(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

#[test]
fn every_licence_is_an_allowed_one() {
    let allowed = texts(&rules()["licenses"]["allow"]);
    let offences: Vec<_> = packages()
        .iter()
        .filter(|package| {
            !package
                .licence
                .as_deref()
                .is_some_and(|licence| satisfied(licence, &allowed))
        })
        .map(|package| format!("{}: {:?}", named(package), package.licence))
        .collect();
    assert_none(&offences, "these licences are not in deny.toml");
}

#[test]
fn every_package_comes_from_the_one_registry() {
    let offences: Vec<_> = packages()
        .iter()
        .filter(|package| {
            package
                .source
                .as_deref()
                .is_some_and(|source| source != REGISTRY)
        })
        .map(|package| format!("{}: {:?}", named(package), package.source))
        .collect();
    assert_none(&offences, "these packages come from elsewhere");
}

#[test]
fn no_package_is_banned() {
    let rules = rules();
    let banned = rules["bans"]["deny"].as_array().unwrap();
    assert!(!banned.is_empty());
    let mut offences = Vec::new();
    for ban in banned {
        let name = ban["crate"].as_str().unwrap();
        let wrappers = ban.get("wrappers").map(texts).unwrap_or_default();
        let users = users_of(name)
            .into_iter()
            .filter(|user| !wrappers.iter().any(|wrapper| wrapper == user));
        offences.extend(users.map(|user| format!("{name}, by {user}")));
    }
    assert_none(&offences, "these packages are banned in deny.toml");
}
