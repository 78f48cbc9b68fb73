//! Package metadata from cargo, for the current platform only: packages of other platforms need not be downloaded.

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::repository;

/// A package, inside or outside the workspace.
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// The source of the package; `None` for a member of the workspace.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency in a manifest.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// The kind of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Development,
    Build,
}

static METADATA: LazyLock<Value> = LazyLock::new(read);

static PACKAGES: LazyLock<Vec<Package>> =
    LazyLock::new(|| array(&METADATA["packages"]).iter().map(package).collect());

/// Every package of the lock file for this platform.
pub(crate) fn packages() -> &'static [Package] {
    &PACKAGES
}

/// The names of the packages that depend on this one, with the enabled features.
pub(crate) fn users_of(name: &str) -> Vec<&'static str> {
    let nodes = array(&METADATA["resolve"]["nodes"]);
    let named =
        |id: &Value| packages().iter().find(|package| *id == package.id).unwrap().name.as_str();
    nodes
        .iter()
        .filter(|node| array(&node["deps"]).iter().any(|edge| named(&edge["pkg"]) == name))
        .map(|node| named(&node["id"]))
        .collect()
}

/// The packages of this repository.
pub(crate) fn members() -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(|package| package.source.is_none())
}

impl Package {
    /// The names of its normal dependencies, sorted.
    pub(crate) fn normal_dependencies(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == Kind::Normal)
            .map(|dependency| dependency.name.as_str())
            .collect();
        names.sort_unstable();
        names
    }
}

/// Runs cargo in the root of the repository and returns its output.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(repository()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn read() -> Value {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let text = cargo(&["metadata", "--format-version=1", "--locked", "--filter-platform", host]);
    serde_json::from_str(&text).unwrap()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn package(value: &Value) -> Package {
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Package {
        id: text("id").unwrap(),
        name: text("name").unwrap(),
        version: text("version").unwrap(),
        licence: text("license"),
        source: text("source"),
        dependencies: array(&value["dependencies"]).iter().map(dependency).collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: value["name"].as_str().unwrap().to_owned(),
        kind: match value["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Development,
            Some("build") => Kind::Build,
            Some(other) => panic!("unknown kind of dependency: {other}"),
        },
        optional: value["optional"].as_bool().unwrap(),
    }
}
