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
