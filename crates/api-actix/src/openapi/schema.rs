//! Builds JSON Schemas from JSON.

use serde_json::{Map, Value, json};

/// A reference to a schema of the components.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object in which all of these members are required.
pub(crate) fn record<const N: usize>(description: &str, members: [(&str, Value); N]) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": Map::from_iter(members.map(|(name, keywords)| (name.to_owned(), keywords))),
    })
}

/// An object that a client sends, in which only these members are required. Unknown members are ignored and named in
/// `X-Ignored-Fields`.
pub(crate) fn object(
    description: &str,
    required: &[&str],
    members: Vec<(&'static str, Value)>,
) -> Value {
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties(members),
    })
}

/// An example of a page with one row, in a list whose rows are not counted.
pub(crate) fn example_page(row: &Value) -> Value {
    json!({ "count": null, "count_relation": null, "next": null, "previous": null, "results": [row] })
}

/// The schema, or null.
pub(crate) fn or_null(mut keywords: Value) -> Value {
    if let Some(kind) = keywords.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
        if let Some(words) = keywords.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
        return keywords;
    }
    json!({ "anyOf": [keywords, { "type": "null" }] })
}

/// The object with these members added or replaced.
pub(crate) fn with<const N: usize>(mut object: Value, members: [(&str, Value); N]) -> Value {
    if let Value::Object(object) = &mut object {
        object.extend(members.map(|(name, value)| (name.to_owned(), value)));
    }
    object
}

/// The schema with a description.
pub(crate) fn described(keywords: Value, description: &str) -> Value {
    with(keywords, [("description", description.into())])
}

pub(crate) fn properties(members: Vec<(&'static str, Value)>) -> Value {
    let named = members.into_iter().map(|(name, keywords)| (name.to_owned(), keywords));
    Value::Object(named.collect())
}
