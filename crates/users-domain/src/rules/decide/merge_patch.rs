//! Merging a patch into a JSON object (RFC 7396).

use crate::model::{Json, JsonObject};

pub(super) fn merged(target: &JsonObject, patch: &JsonObject) -> JsonObject {
    let mut result = target.clone();
    for (key, value) in patch {
        match value {
            Json::Null => {
                result.remove(key);
            }
            Json::Object(inner) => {
                let empty = JsonObject::new();
                let below = match result.get(key) {
                    Some(Json::Object(below)) => below,
                    _ => &empty,
                };
                let value = Json::Object(merged(below, inner));
                result.insert(key.clone(), value);
            }
            other => {
                result.insert(key.clone(), other.clone());
            }
        }
    }
    result
}

#[cfg(test)]
mod tests;
