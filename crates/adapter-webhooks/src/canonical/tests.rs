use proptest::prelude::*;
use users_domain::model::{Json, Number};

use super::*;
use crate::RawJson;

fn canonical(raw: &str) -> String {
    Canonical::of(raw).text.into_owned()
}

/// Serialises the parsed value anew, member by member.
fn written(value: &Json) -> String {
    let joined = |parts: Vec<String>| parts.join(",");
    match value {
        Json::String(text) => serde_json::to_string(text).unwrap(),
        Json::Array(items) => format!("[{}]", joined(items.iter().map(written).collect())),
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(one, _), (other, _)| one.chars().cmp(other.chars()));
            let members = members.iter().map(|(key, value)| {
                let key = serde_json::to_string(key).unwrap();
                format!("{key}:{}", written(value))
            });
            format!("{{{}}}", joined(members.collect()))
        }
        Json::Number(number) if number.has_fraction() => {
            let double = number.as_double();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "doubles are made within the range"
            )]
            let integer = double as i128;
            if double.fract() == 0.0 { integer.to_string() } else { RawJson(value).to_string() }
        }
        other => RawJson(other).to_string(),
    }
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1e30..1e30,
        -10.0..10.0,
        any::<i32>().prop_map(f64::from),
        any::<i64>().prop_map(|integer| {
            #[expect(clippy::cast_precision_loss, reason = "any double will do")]
            let double = integer as f64;
            double
        }),
    ]
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<u32>().prop_map(|count| Json::count(count.into())),
        double().prop_filter_map("not a number of ours", |double| {
            Number::float(double).ok().map(Json::Number)
        }),
        any::<String>().prop_map(Json::String),
        "[ -~é日😀\u{1}\u{7f}\\\\\"]{0,12}".prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::vec((any::<String>(), inner), 0..6).prop_map(Json::object),
        ]
    })
}

#[test]
fn a_canonical_body_is_not_copied() {
    let raw = r#"{"a":"\"\\\n\u0001","b":[1,-2,0.5,1e-05,true,null],"c":{}}"#;
    assert!(matches!(Canonical::of(raw).text, Cow::Borrowed(_)));
}

#[test]
fn whole_floats_have_all_the_digits_of_pythons_int() {
    for (raw, int) in [
        ("92.0", "92"),
        ("-7.0", "-7"),
        ("0.0", "0"),
        ("-0.0", "0"),
        ("1e+16", "10000000000000000"),
        ("1e+23", "99999999999999991611392"),
        ("0.5", "0.5"),
        ("1e-05", "1e-05"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e999", "1e999"),
    ] {
        assert_eq!(canonical(raw), int);
        assert_eq!(canonical(&format!("[{raw},{raw}]")), format!("[{int},{int}]"));
    }
    assert_eq!(canonical(r#"{"1.0":"2.0"}"#), r#"{"1.0":"2.0"}"#);
}

#[test]
fn only_members_of_the_body_itself_are_read() {
    let raw = r#"{"changes":{"status":"a","webhook_type":"b"},"list":["status","x"],"session_id":"s\"1","status":"ACTIVE","status_text":"status","webhook_type":"user"}"#;
    let body = Canonical::of(raw);
    assert_eq!(body.session_id, Some(r#""s\"1""#));
    assert_eq!(body.status, Some(r#""ACTIVE""#));
    assert_eq!(body.webhook_type, Some(r#""user""#));
    let without = Canonical::of(r#"{"session_id":null,"status":1,"x":"y"}"#);
    assert_eq!((without.session_id, without.status, without.webhook_type), (None, None, None));
}

proptest! {
    #[test]
    fn canonical_form_equals_serialising_the_parsed_value(value in any_json()) {
        let raw = RawJson(&value).to_string();
        prop_assert_eq!(canonical(&raw), written(&value));
    }

    #[test]
    fn any_other_text_does_not_panic(text: String, cut in "[{}\\[\\]\",:.eE0-9+u\\\\d8-]{0,40}") {
        let _ = (Canonical::of(&text), Canonical::of(&cut));
    }
}
