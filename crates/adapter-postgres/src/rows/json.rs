//! JSON of the store as the domain's tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use users_domain::model::{Json, JsonObject, Metadata, Number};

use super::{from_json, invalid};
use crate::failure::Failure;

/// Reads the text of a metadata object. The column is json, which keeps its text, so `7` and `7.0` come back as they were
/// written.
pub(super) fn metadata(text: &str) -> Result<Metadata, Failure> {
    let Stored(json) = from_json("metadata", text)?;
    match json {
        Json::Object(object) => Metadata::new(object).map_err(invalid("metadata")),
        _ => Err(Failure::defect("the stored metadata has another form")),
    }
}

/// Reads a JSON text.
pub(crate) fn json(text: &str) -> Result<Json, Failure> {
    from_json("JSON", text).map(|Stored(json)| json)
}

struct Stored(Json);

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree).map(Self)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON whose numbers are in the domain's range")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Number::integer(value).map(Json::Number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Number::parse(&value.to_string())
            .map(Json::Number)
            .map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Number::float(value).map(Json::Number).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(Stored(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = JsonObject::new();
        while let Some((key, Stored(value))) = members.next_entry::<String, _>()? {
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }
}
