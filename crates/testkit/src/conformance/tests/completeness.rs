//! Each exported clause of a suite is in the list that generates its tests.

/// Suites and the files that export and list their clauses.
const SUITES: [(&str, &str); 12] = [
    ("applications", include_str!("../applications.rs")),
    ("attempts", include_str!("../attempts/mod.rs")),
    ("audit", include_str!("../audit/mod.rs")),
    ("claims", include_str!("../claims/mod.rs")),
    ("deleted_users", include_str!("../deleted_users.rs")),
    ("destinations", include_str!("../destinations/mod.rs")),
    ("evidence", include_str!("../evidence/mod.rs")),
    ("keys", include_str!("../keys/mod.rs")),
    ("rate_limits", include_str!("../rate_limits.rs")),
    ("recoveries", include_str!("../recoveries/mod.rs")),
    ("user_reader", include_str!("../user_reader/mod.rs")),
    ("user_store", include_str!("../user_store/mod.rs")),
];

#[test]
fn every_clause_of_a_suite_becomes_a_test() {
    for (suite, source) in SUITES {
        let (clauses, list) = source.split_once("macro_rules!").unwrap();
        let exported = exported(clauses);
        let (_, listed) = list.split_once('[').unwrap();
        let (listed, _) = listed.split_once(']').unwrap();
        let mut listed: Vec<_> = listed.split(',').map(str::trim).collect();
        listed.retain(|clause| !clause.is_empty());
        listed.sort_unstable();
        assert!(exported.len() >= 3, "the clauses of {suite} were read");
        assert_eq!(listed, exported, "{suite}");
    }
}

/// The names in `pub use` and `pub async fn`.
fn exported(source: &str) -> Vec<&str> {
    let functions = source.split("\npub async fn ").skip(1);
    let functions = functions.filter_map(|rest| rest.split('(').next());
    let statements = source.split("\npub use ").skip(1);
    let statements = statements.filter_map(|rest| rest.split(';').next());
    let used = statements.flat_map(|names| {
        let (_, names) = names.split_once("::").unwrap();
        names.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty())
    });
    let mut names: Vec<_> = functions.chain(used).collect();
    names.sort_unstable();
    names
}
