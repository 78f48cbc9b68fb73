//! JSON texts as the domain's trees, strictly: no duplicate keys, no NUL, no lone surrogates, numbers by their literal.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use users_domain::model::{InvalidValue, Json, JsonObject, Number};

use crate::error::Malformed;

/// A member of a body. A number that no store keeps exactly makes the member invalid, not the body malformed.
pub(crate) type Member = Result<Json, InvalidValue>;

/// The members of a body.
pub(crate) type Members = BTreeMap<String, Member>;

/// Reads the text of a JSON object that is nested at most `max_depth` levels, itself included. Each level is scanned
/// once more than the one above it, so `max_depth` bounds the work as well.
pub(crate) fn read_object(bytes: &[u8], max_depth: usize) -> Result<Members, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::Json)?;
    let body: &RawValue = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
    if !body.get().starts_with('{') {
        return Err(Malformed::NotAnObject);
    }
    let depth_left = max_depth.checked_sub(1).ok_or(Malformed::TooDeep)?;
    let mut members = Members::new();
    for (key, raw) in entries(body)? {
        let mut reader = Reader::default();
        let json = reader.value(raw, depth_left)?;
        let member = reader.invalid.map_or(Ok(json), Err);
        if members.insert(key, member).is_some() {
            return Err(Malformed::DuplicateKey);
        }
    }
    Ok(members)
}

/// The word that Django REST framework has for the type of a value.
pub(crate) fn type_name(json: &Json) -> &'static str {
    match json {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.as_integer().is_some() => "int",
        Json::Number(_) => "float",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

/// Reads one value, and goes on behind an invalid number: what follows may be malformed.
#[derive(Default)]
struct Reader {
    invalid: Option<InvalidValue>,
}

impl Reader {
    fn value(&mut self, raw: &RawValue, depth_left: usize) -> Result<Json, Malformed> {
        let text = raw.get();
        let deeper = || depth_left.checked_sub(1).ok_or(Malformed::TooDeep);
        Ok(match text.as_bytes().first() {
            Some(b'{') => Json::Object(self.object(raw, deeper()?)?),
            Some(b'[') => Json::Array(self.array(raw, deeper()?)?),
            Some(b'"') => Json::String(string(text)?),
            Some(b't') => Json::Bool(true),
            Some(b'f') => Json::Bool(false),
            Some(b'n') => Json::Null,
            _ => Number::parse(text).map_or_else(
                |reason| {
                    self.invalid = Some(reason);
                    Json::Null
                },
                Json::Number,
            ),
        })
    }

    fn array(&mut self, raw: &RawValue, depth_left: usize) -> Result<Vec<Json>, Malformed> {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| Malformed::Json)?;
        items
            .into_iter()
            .map(|item| self.value(item, depth_left))
            .collect()
    }

    fn object(&mut self, raw: &RawValue, depth_left: usize) -> Result<JsonObject, Malformed> {
        let mut members = JsonObject::new();
        for (key, raw) in entries(raw)? {
            let value = self.value(raw, depth_left)?;
            if members.insert(key, value).is_some() {
                return Err(Malformed::DuplicateKey);
            }
        }
        Ok(members)
    }
}

fn string(text: &str) -> Result<String, Malformed> {
    let text: String = serde_json::from_str(text).map_err(|_| Malformed::Json)?;
    without_nul(text)
}

fn without_nul(text: String) -> Result<String, Malformed> {
    if text.contains('\0') {
        Err(Malformed::NulInBody)
    } else {
        Ok(text)
    }
}

/// The entries of an object, also those that repeat a key.
fn entries(object: &RawValue) -> Result<Vec<(String, &RawValue)>, Malformed> {
    let Entries(entries) = serde_json::from_str(object.get()).map_err(|_| Malformed::Json)?;
    entries
        .into_iter()
        .map(|(key, raw)| Ok((without_nul(key)?, raw)))
        .collect()
}

struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Members, Malformed> {
        read_object(text.as_bytes(), 8)
    }

    #[test]
    fn a_body_becomes_a_tree() {
        let members = read(r#" {"a": [1, 2.0, true, null], "b": {"c": "\ud83d\ude00"}} "#).unwrap();
        let tree = Json::object(members.into_iter().map(|(key, json)| (key, json.unwrap())));
        assert_eq!(
            tree.to_string(),
            r#"{"a":[1,2.0,true,null],"b":{"c":"😀"}}"#
        );
    }

    proptest! {
        #[test]
        fn every_tree_is_read_back_from_its_text(json in testkit::strategies::json()) {
            let text = Json::object([("member", json.clone())]).to_string();
            let members = read_object(text.as_bytes(), 64).unwrap();
            prop_assert_eq!(&members["member"], &Ok(json));
        }

        /// Nobody but clients writes escapes and white space.
        #[test]
        fn other_ways_to_write_a_tree_are_read_alike(json in testkit::strategies::json()) {
            let text = Json::object([("member", json.clone())]).to_string();
            let written: String = text
                .chars()
                .map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) })
                .collect();
            let members = read_object(format!("\n\t {written}\r\n").as_bytes(), 64).unwrap();
            prop_assert_eq!(&members["member"], &Ok(json));
        }
    }

    fn escaped(character: char) -> String {
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units).iter();
        units
            .map(|unit| format!("\\u{unit:04x}"))
            .collect::<Vec<_>>()
            .concat()
    }

    #[test]
    fn what_no_store_keeps_is_malformed() {
        let cases = [
            ("", Malformed::Json),
            ("{", Malformed::Json),
            ("{} {}", Malformed::Json),
            ("{'a': 1}", Malformed::Json),
            ("{\"a\": NaN}", Malformed::Json),
            ("{\"a\": 01}", Malformed::Json),
            ("{\"a\": \"\u{1}\"}", Malformed::Json),
            ("\u{feff}{}", Malformed::Json),
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
        assert_eq!(read_object(b"{\"a\": \"\xff\"}", 8), Err(Malformed::Json));
    }

    #[test]
    fn nesting_is_limited_without_recursion_to_the_bottom() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(7)).is_ok());
        assert_eq!(read(&nested(8)), Err(Malformed::TooDeep));
        assert_eq!(read(&nested(100_000)), Err(Malformed::TooDeep));
    }

    #[test]
    fn a_poison_number_spoils_its_member_only() {
        let members = read(r#"{"a": {"b": [1e131000]}, "c": 9007199254740993, "d": 7}"#).unwrap();
        let invalid: Vec<_> = members
            .iter()
            .filter(|(_, member)| **member == Err(InvalidValue::NumberOutOfRange))
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(invalid, ["a", "c"]);
    }
}
