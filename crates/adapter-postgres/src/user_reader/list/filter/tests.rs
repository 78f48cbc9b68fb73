use super::*;

#[test]
fn wildcards_in_a_term_are_escaped() {
    assert_eq!(containing(r"50%_\x"), r"%50\%\_\\x%");
}

#[test]
fn terms_without_trigrams_are_searched_by_their_pairs() {
    assert!(has_long_run("+49301"));
    assert!(has_long_run("-äöü"));
    assert!(!has_long_run("+++"));
    assert!(!has_long_run("ab-cd"));
    assert!(pairs_of("+-+").eq(["+-", "-+"]));
}

#[test]
fn nul_never_reaches_the_database() {
    for (key, value) in [("a\0", "x"), ("a", "x\0"), ("a.\0", "x")] {
        let wanted = UserFilter {
            metadata: vec![MetadataFilter { key: key.to_owned(), values: vec![value.to_owned()] }],
            ..UserFilter::default()
        };
        let filter = Filter::of(ApplicationId::new(uuid::Uuid::nil()), &wanted);
        assert!(filter.condition.ends_with("AND FALSE"), "{}", filter.condition);
        assert_eq!(filter.binds.len(), 1);
    }
}
