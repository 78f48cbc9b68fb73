//! Files of migrations. Tests with PostgreSQL check that migrations run and that `down` reverts `up`.

use crate::{assert_none, repository, shown};

#[test]
fn every_migration_has_an_up_and_a_down_file() {
    let mut violations = Vec::new();
    for entry in std::fs::read_dir(repository().join("migrations")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        for file in ["up.sql", "down.sql"] {
            let text = std::fs::read_to_string(path.join(file)).unwrap_or_default();
            if text.trim().is_empty() {
                violations.push(format!("{}/{file} is missing or empty", shown(&path)));
            }
        }
    }
    assert_none(&violations, "these migrations cannot be applied or reverted");
}
