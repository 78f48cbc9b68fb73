//! Layers within crates: no layer depends on a higher one.

use std::path::Path;

use crate::{assert_none, files, repository, shown};

/// A layer, and the layers of its crate that it must not use.
type Layer = (&'static str, &'static [&'static str]);

const DOMAIN: [Layer; 3] = [
    ("model", &["ports", "rules", "service"]),
    ("rules", &["ports", "service"]),
    ("ports", &["service"]),
];

const API: [Layer; 3] = [
    ("http", &["openapi", "endpoints", "routes", "app"]),
    ("openapi", &["endpoints", "routes", "app"]),
    ("endpoints", &["routes", "app"]),
];

#[test]
fn no_layer_of_the_domain_uses_a_higher_one() {
    assert_none(
        &violations("users-domain", &DOMAIN),
        "these files of the domain use a higher layer",
    );
}

#[test]
fn no_layer_of_the_api_uses_a_higher_one() {
    assert_none(&violations("api-actix", &API), "these files of the API use a higher layer");
}

fn violations(name: &str, layers: &[Layer]) -> Vec<String> {
    let source = repository().join("crates").join(name).join("src");
    let mut violations = Vec::new();
    for (layer, above) in layers {
        let files = files(&source.join(layer), "rs");
        assert!(!files.is_empty(), "{layer} has files");
        for path in files {
            violations.extend(
                above
                    .iter()
                    .filter(|above| uses(&path, above))
                    .map(|above| format!("{} uses {above}", shown(&path))),
            );
        }
    }
    violations
}

/// Whether a line of the file, before its tests, uses the layer.
fn uses(path: &Path, layer: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.contains(&format!("crate::{layer}")))
}
