//! Layers of `users-domain`: no layer depends on a higher one.

use std::path::Path;

use crate::{assert_none, files, repository, shown};

/// A layer, and the layers that it must not use.
const LAYERS: [(&str, &[&str]); 3] = [
    ("model", &["ports", "rules", "service"]),
    ("rules", &["ports", "service"]),
    ("ports", &["service"]),
];

#[test]
fn no_layer_of_the_domain_uses_a_higher_one() {
    let source = repository().join("crates/users-domain/src");
    let mut violations = Vec::new();
    for (layer, above) in LAYERS {
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
    assert_none(&violations, "these files of the domain use a higher layer");
}

/// Whether a line of the file, before its tests, uses the layer.
fn uses(path: &Path, layer: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.contains(&format!("crate::{layer}")))
}
