//! Events, signatures and sending, tested against vectors and independent implementations.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod addresses;
mod dispatcher;
mod event_body;
mod sender;
mod signatures;
mod urls;
mod vault;
mod vectors;

use serde_json::Value;
use users_domain::model::{Json, Number};

/// Converts parsed JSON to the domain's type.
fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => Json::Number(number.as_i64().map_or_else(
            || Number::float(number.as_f64().unwrap()).unwrap(),
            |integer| Number::integer(integer).unwrap(),
        )),
        Value::String(text) => Json::String(text.clone()),
        Value::Array(items) => Json::Array(items.iter().map(json).collect()),
        Value::Object(members) => {
            Json::object(members.iter().map(|(key, value)| (key.clone(), json(value))))
        }
    }
}
