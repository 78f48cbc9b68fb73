use std::collections::BTreeSet;

use super::*;

/// A schema replaces an earlier one of its name.
#[test]
fn no_two_schemas_have_one_name() {
    let mut schemas = generator();
    paths(&mut schemas);
    let mut names: BTreeSet<String> = schemas.take_definitions(true).keys().cloned().collect();
    assert!(names.contains("UserDetail"), "{names:?}");
    for (name, _) in written_schemas() {
        assert!(names.insert(name.to_owned()), "{name}");
    }
}

#[test]
fn every_name_in_a_path_is_described() {
    for endpoint in ENDPOINTS {
        let path = endpoint.route.path;
        for name in path_names(path) {
            assert!(path_parameter(path, name).is_some(), "{name} in {path}");
        }
    }
}
