//! Each public clause of a suite is in the list that generates its tests.

use std::fs;
use std::path::Path;

const LISTS: &str = include_str!("../suites.rs");

#[test]
fn every_clause_of_a_suite_becomes_a_test() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let (lists, _) = LISTS.split_once("\n}\n").unwrap();
    let suites: Vec<_> = lists.split("$crate::conformance_tests!(").skip(1).collect();
    assert!(suites.len() >= 12, "the lists were read");
    for suite in suites {
        let (name, list) = suite.split_once(',').unwrap();
        let name = name.trim();
        let (_, list) = list.split_once('[').unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let mut listed: Vec<_> = list.split(',').map(|clause| clause.trim().to_owned()).collect();
        listed.retain(|clause| !clause.is_empty());
        listed.sort_unstable();
        let source = if directory.join(name).is_dir() {
            let files = fs::read_dir(directory.join(name)).unwrap();
            files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
        } else {
            fs::read_to_string(directory.join(name).with_extension("rs")).unwrap()
        };
        let functions = source.split("\npub async fn ").skip(1);
        let names = functions.filter_map(|function| function.split('(').next());
        let mut public: Vec<_> = names.map(str::to_owned).collect();
        public.sort_unstable();
        assert!(public.len() >= 3, "the clauses of {name} were read");
        assert_eq!(listed, public, "{name}");
    }
}
