//! Valid JSON is read unchanged; everything else is rejected.

use proptest::prelude::*;

use super::*;

/// More values than any text in these tests has.
const ALL: usize = 1_000_000;

fn read(text: &str) -> Result<Members, Malformed> {
    read_object(&text.to_owned().into(), 8)
}

fn items(text: &str, max_depth: usize, max_items: usize) -> Result<Vec<Item>, Malformed> {
    read_items(&text.to_owned().into(), max_depth, max_items)
}

#[test]
fn a_body_becomes_a_tree() {
    let members = read(r#" {"a": [1, 2.0, true, null], "b": {"c": "\ud83d\ude00"}} "#).unwrap();
    let tree = Json::object(members.into_iter().map(|(key, json)| (key, json.json(ALL).unwrap())));
    assert_eq!(tree.to_string(), r#"{"a":[1,2.0,true,null],"b":{"c":"😀"}}"#);
}

proptest! {
    #[test]
    fn every_tree_is_read_back_from_its_text(json in testkit::strategies::json()) {
        let text = Json::object([("member", json.clone())]).to_string();
        let members = read_object(&text.into(), 64).unwrap();
        prop_assert_eq!(members["member"].json(ALL), Ok(json));
    }

    /// Escapes and white space, which the service itself does not write.
    #[test]
    fn escapes_and_white_space_do_not_change_the_tree(json in testkit::strategies::json()) {
        let text = Json::object([("member", json.clone())]).to_string();
        let written: String = text
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) })
            .collect();
        let members = read_object(&format!("\n\t {written}\r\n").into(), 64).unwrap();
        prop_assert_eq!(members["member"].json(ALL), Ok(json));
    }
}

fn escaped(character: char) -> String {
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units).iter();
    units.map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
}

#[test]
fn unsupported_json_is_malformed() {
    let cases = [
        ("", Malformed::Json),
        ("{", Malformed::Json),
        ("{} {}", Malformed::Json),
        ("{'a': 1}", Malformed::Json),
        ("{\"a\": NaN}", Malformed::Json),
        ("{\"a\": 01}", Malformed::Json),
        ("{\"a\": \"\u{1}\"}", Malformed::Json),
        ("\u{feff}\u{feff}{}", Malformed::Json),
        ("{\u{feff}}", Malformed::Json),
        (r#"{"a": "\ud800"}"#, Malformed::Json),
        (r#"{"\udc00": 1}"#, Malformed::Json),
        (r#"{"a": {"b": ["\ud800x"]}}"#, Malformed::Json),
        ("[]", Malformed::NotAnObject),
        ("null", Malformed::NotAnObject),
        ("\"{}\"", Malformed::NotAnObject),
        (r#"{"a": 1, "a": 1}"#, Malformed::DuplicateKey),
        (r#"{"a": 1, "\u0061": 2}"#, Malformed::DuplicateKey),
        (r#"{"x": [{"a": 1, "a": 1}]}"#, Malformed::DuplicateKey),
        (r#"{"a": "\u0000"}"#, Malformed::NulInBody),
        (r#"{"a\u0000": 1}"#, Malformed::NulInBody),
        (r#"{"x": {"y\u0000": 1}}"#, Malformed::NulInBody),
        (r#"{"a": 1e400, "b": "\u0000"}"#, Malformed::NulInBody),
    ];
    for (text, malformed) in cases {
        assert_eq!(read(text), Err(malformed), "{text}");
    }
    assert_eq!(read_object(&Bytes::from_static(b"{\"a\": \"\xff\"}"), 8), Err(Malformed::Json));
}

#[test]
fn a_body_of_items_is_one_object_or_an_array_of_them() {
    let read = |text: &str| items(text, 4, 3);
    let lone = read(r#" {"a": {"b": {"c": {}}}} "#).unwrap();
    assert_eq!(lone[0].as_ref().unwrap().len(), 1);
    assert_eq!(read("[]"), Ok(Vec::new()));
    let both = read(r#"[ {"a": 1}, {"a": {"b": {}}} ]"#).unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(read("[{},{},{},{}]"), Err(Malformed::TooManyItems { max: 3 }));
    for text in ["null", "7", "\"[]\""] {
        assert_eq!(read(text), Err(Malformed::NotItems), "{text}");
    }
}

#[test]
fn an_item_that_is_not_an_object_affects_only_itself() {
    let sent = r#"[{}, null, true, 7, 7.0, 7.5, 1e400, 9007199254740993, "x", [1e400], {}]"#;
    let read = items(sent, 4, 11).unwrap();
    let types: Vec<_> = read.into_iter().map(Result::err).collect();
    let wrong =
        ["NoneType", "bool", "int", "float", "float", "float", "int", "str", "list"].map(Some);
    assert_eq!(types, [&[None], wrong.as_slice(), &[None]].concat());
}

#[test]
fn items_are_read_as_strictly_as_one_object() {
    for (text, malformed) in [
        (r#"[[{"a": 1, "a": 1}]]"#, Malformed::DuplicateKey),
        (r#"["\u0000"]"#, Malformed::NulInBody),
        (r#"["\ud800"]"#, Malformed::Json),
        ("[{},]", Malformed::Json),
        ("[{}] []", Malformed::Json),
        (r#"[{"a": [[]]}]"#, Malformed::TooDeep),
        ("[[[[]]]]", Malformed::TooDeep),
        (r#"{"a": [[[]]]}"#, Malformed::TooDeep),
    ] {
        assert_eq!(items(text, 3, 9), Err(malformed), "{text}");
    }
    assert_eq!(read_items(&Bytes::from_static(b"[\"\xff\"]"), 3, 9), Err(Malformed::Json));
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(7)).is_ok());
    assert_eq!(read(&nested(8)), Err(Malformed::TooDeep));
    assert_eq!(read(&nested(100_000)), Err(Malformed::TooDeep));
}

#[test]
fn an_invalid_number_affects_only_its_member() {
    let members = read(r#"{"a": {"b": [1e131000]}, "c": 9007199254740993, "d": 7}"#).unwrap();
    let invalid: Vec<_> = members
        .iter()
        .filter(|(_, member)| member.json(ALL) == Err(InvalidValue::NumberOutOfRange))
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(invalid, ["a", "c"]);
}

#[test]
fn a_leading_byte_order_mark_is_skipped() {
    assert_eq!(read("\u{feff} {\"a\": 1}"), read("{\"a\": 1}"));
    assert_eq!(items("\u{feff}[{}]", 3, 9), items("[{}]", 3, 9));
}

#[test]
fn a_value_is_read_only_up_to_the_limit_of_its_field() {
    let members = read(r#"{"list": [1, [2], {"a": 3}], "text": "x"}"#).unwrap();
    assert!(members["list"].json(6).is_ok());
    assert_eq!(members["list"].json(5), Err(InvalidValue::TooMany { max: 5 }));
    assert_eq!(members["text"].json(1), Ok(Json::String("x".to_owned())));
    // Reading stops at the limit, so later defects are not found.
    let members = read("{\"a\": [1, 2, 1e400]}").unwrap();
    assert_eq!(members["a"].json(2), Err(InvalidValue::TooMany { max: 2 }));
}

#[test]
fn the_limit_of_members_applies_to_every_object() {
    let object = |members: usize| {
        let members: Vec<_> = (0..members).map(|key| format!("\"{key:x}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let too_many = Err(Malformed::TooManyMembers { max: MAX_MEMBERS });
    for frame in ["_", "{\"a\":_}", "{\"a\":[{\"b\":[_]}]}"] {
        assert!(read(&frame.replace('_', &object(MAX_MEMBERS))).is_ok());
        let more = frame.replace('_', &object(MAX_MEMBERS + 1));
        assert_eq!(read(&more), too_many, "{frame}");
    }
    let longest = format!("{{\"a\":[{}0]}}", "0,".repeat(Metadata::MAX_BYTES / 2));
    let members = read(&longest).unwrap();
    assert!(members["a"].json(Metadata::MAX_BYTES / 2).is_err());
}
