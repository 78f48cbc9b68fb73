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

/// The members of a body, or of an object in a body of several.
pub(crate) type Members = BTreeMap<String, Member>;

/// One of the items of a body. What is no object spoils its place only: of it there is the name of its type.
pub(crate) type Item = Result<Members, &'static str>;

/// Reads the text of a JSON object that is nested at most `max_depth` levels, itself included. Each level is scanned
/// once more than the one above it, so `max_depth` bounds the work as well.
pub(crate) fn read_object(bytes: &[u8], max_depth: usize) -> Result<Members, Malformed> {
    let body = json_text(bytes)?;
    if !body.get().starts_with('{') {
        return Err(Malformed::NotAnObject);
    }
    members(body, max_depth)
}

/// Reads the text of one JSON object, or of an array of at most `max_items` of them. Either is nested at most `max_depth`
/// levels, itself included.
pub(crate) fn read_items(
    bytes: &[u8],
    max_depth: usize,
    max_items: usize,
) -> Result<Vec<Item>, Malformed> {
    let body = json_text(bytes)?;
    match body.get().as_bytes().first() {
        Some(b'{') => Ok(vec![Ok(members(body, max_depth)?)]),
        Some(b'[') => {
            let items = elements(body)?;
            if items.len() > max_items {
                return Err(Malformed::TooManyItems { max: max_items });
            }
            let depth_left = max_depth.checked_sub(1).ok_or(Malformed::TooDeep)?;
            items.into_iter().map(|raw| item(raw, depth_left)).collect()
        }
        _ => Err(Malformed::NotItems),
    }
}

fn json_text(bytes: &[u8]) -> Result<&RawValue, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::Json)?;
    serde_json::from_str(text).map_err(|_| Malformed::Json)
}

fn item(raw: &RawValue, depth_left: usize) -> Result<Item, Malformed> {
    if raw.get().starts_with('{') {
        return members(raw, depth_left).map(Ok);
    }
    let mut reader = Reader::default();
    Ok(Err(match reader.value(raw, depth_left)? {
        Json::Null if reader.invalid.is_some() => number_type_name(raw.get()),
        json => type_name(&json),
    }))
}

/// The members of an object that may be nested so deeply, itself included.
fn members(object: &RawValue, max_depth: usize) -> Result<Members, Malformed> {
    let depth_left = max_depth.checked_sub(1).ok_or(Malformed::TooDeep)?;
    let mut members = Members::new();
    for (key, raw) in entries(object)? {
        let mut reader = Reader::default();
        let json = reader.value(raw, depth_left)?;
        let member = reader.invalid.map_or(Ok(json), Err);
        if members.insert(key, member).is_some() {
            return Err(Malformed::DuplicateKey);
        }
    }
    Ok(members)
}

/// As [`type_name`], of a literal that is no [`Number`].
fn number_type_name(literal: &str) -> &'static str {
    if literal.contains(['.', 'e', 'E']) {
        "float"
    } else {
        "int"
    }
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
        elements(raw)?
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

fn elements(array: &RawValue) -> Result<Vec<&RawValue>, Malformed> {
    serde_json::from_str(array.get()).map_err(|_| Malformed::Json)
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
mod tests;
