//! The migrations' files. That they run, and that down undoes up, is tested where PostgreSQL is.

use crate::{assert_none, repository, shown};

#[test]
fn every_migration_goes_up_and_down() {
    let mut offences = Vec::new();
    for entry in std::fs::read_dir(repository().join("migrations")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        for file in ["up.sql", "down.sql"] {
            let text = std::fs::read_to_string(path.join(file)).unwrap_or_default();
            if text.trim().is_empty() {
                offences.push(format!("{}/{file} is missing or empty", shown(&path)));
            }
        }
    }
    assert_none(&offences, "these migrations cannot be run or undone");
}
