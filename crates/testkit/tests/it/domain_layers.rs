//! Inside `users-domain`: `service` on `rules`, these on `model`; `service` and `ports` on what the ports speak of.

use std::path::Path;

use crate::{assert_none, files, repository, shown};

/// A layer, and the ones whose items it must not name.
const LAYERS: [(&str, &[&str]); 3] = [
    ("model", &["ports", "rules", "service"]),
    ("rules", &["ports", "service"]),
    ("ports", &["service"]),
];

#[test]
fn no_layer_of_the_domain_names_one_above_it() {
    let source = repository().join("crates/users-domain/src");
    let mut offences = Vec::new();
    for (layer, above) in LAYERS {
        let files = files(&source.join(layer), "rs");
        assert!(!files.is_empty(), "{layer} has files");
        for path in files {
            offences.extend(
                above
                    .iter()
                    .filter(|above| names(&path, above))
                    .map(|above| format!("{} names {above}", shown(&path))),
            );
        }
    }
    assert_none(&offences, "these files of the domain point upwards");
}

/// Whether a line of the file, up to its tests, names the layer.
fn names(path: &Path, layer: &str) -> bool {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.contains(&format!("crate::{layer}")))
}
