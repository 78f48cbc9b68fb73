use proptest::prelude::*;

use super::*;

fn text(bytes: usize) -> Json {
    Json::String("x".repeat(bytes - 2))
}

#[test]
fn a_value_of_up_to_256_bytes_is_shown() {
    let (small, large) = (text(256), text(257));
    assert_eq!(brief(&small, &small), (small.clone(), small.clone()));
    let elided = Json::object([("elided", Json::Bool(true)), ("bytes", Json::count(257))]);
    assert_eq!(brief(&small, &large), (small.clone(), elided.clone()));
    assert_eq!(brief(&large, &Json::Null), (elided, Json::Null));
}

#[test]
fn a_large_object_is_replaced_by_its_changed_keys() {
    let member = |key: &str, value| (key.to_owned(), value);
    let before = Json::object([member("a", text(300)), member("gone", Json::Null)]);
    let after = Json::object([member("a", text(300)), member("new", Json::Null)]);
    let (previous, current) = brief(&before, &after);
    let shown = |bytes| {
        Json::object([
            ("elided", Json::Bool(true)),
            ("bytes", Json::count(bytes)),
            ("changed_keys", Json::strings(["gone", "new"])),
        ])
    };
    assert_eq!((previous, current), (shown(318), shown(317)));
    let by_field = |value: &Json| Json::object([("metadata", value.clone())]);
    let (previous, current) = brief_values(&by_field(&before), &by_field(&after));
    assert_eq!(previous, by_field(&shown(318)));
    assert_eq!(current, by_field(&shown(317)));
}

#[test]
fn keys_that_do_not_fit_are_counted() {
    let keys = (0..1_000).map(|nth| (format!("key {nth:04}"), Json::Null));
    let (_, current) = brief(&Json::Null, &Json::object(keys));
    let Json::Object(shown) = current else {
        panic!("{current}");
    };
    let Some(Json::Array(named)) = shown.get("changed_keys") else {
        panic!("{shown:?}");
    };
    assert_eq!(named.len(), 11);
    assert_eq!(shown["more_changed_keys"], Json::count(989));
}

proptest! {
    /// Shortening a shortened value changes nothing.
    #[test]
    fn shortening_is_bounded_and_idempotent(
        before in proptest::collection::btree_map(".{0,60}", ".{0,90}", 0..40),
        after in proptest::collection::btree_map(".{0,60}", ".{0,90}", 0..40),
    ) {
        let json = |members: std::collections::BTreeMap<String, String>| {
            Json::object(members.into_iter().map(|(key, value)| (key, Json::String(value))))
        };
        let (previous, current) = brief(&json(before), &json(after));
        for shown in [&previous, &current] {
            prop_assert!(shown.to_string().len() <= MAX_BYTES, "{}", shown);
        }
        prop_assert_eq!(brief(&previous, &current), (previous, current));
    }
}
