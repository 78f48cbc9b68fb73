//! What cargo knows of the packages, for this machine's platform: those of other platforms need not be downloaded.

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::repository;

/// One package, of the workspace or not.
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// Where it is fetched from; `None` for a member of the workspace.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a manifest asks for.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// When a dependency is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Development,
    Build,
}

static METADATA: LazyLock<Value> = LazyLock::new(read);

static PACKAGES: LazyLock<Vec<Package>> =
    LazyLock::new(|| array(&METADATA["packages"]).iter().map(package).collect());

/// Every package of the lock file that this platform needs.
pub(crate) fn packages() -> &'static [Package] {
    &PACKAGES
}

/// The names of the packages that are built with this one, with the features that are in use.
pub(crate) fn users_of(name: &str) -> Vec<&'static str> {
    let nodes = array(&METADATA["resolve"]["nodes"]);
    let named = |id: &Value| {
        packages()
            .iter()
            .find(|package| *id == package.id)
            .unwrap()
            .name
            .as_str()
    };
    nodes
        .iter()
        .filter(|node| {
            array(&node["deps"])
                .iter()
                .any(|edge| named(&edge["pkg"]) == name)
        })
        .map(|node| named(&node["id"]))
        .collect()
}

/// The packages of this repository.
pub(crate) fn members() -> impl Iterator<Item = &'static Package> {
    packages().iter().filter(|package| package.source.is_none())
}

impl Package {
    /// The names of what it needs to be built for use, sorted.
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

/// Runs cargo at the top of the repository, without the network, and gives what it prints.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(repository())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn read() -> Value {
    let version = cargo(&["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let text = cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        host,
    ]);
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
        dependencies: array(&value["dependencies"])
            .iter()
            .map(dependency)
            .collect(),
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
