//! Compares every response in a test with the OpenAPI document.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use api_actix::{openapi_json, routes};
use regex::Regex;
use serde_json::Value;

use super::Reply;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&openapi_json()).unwrap());

/// The number of items of a list that are compared.
const SAMPLE: usize = 10;

thread_local! {
    static PATTERNS: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Panics if the document does not allow this response.
pub(super) fn check(method: &str, uri: &str, reply: &Reply) {
    let Some(pattern) = pattern(method, uri) else {
        return;
    };
    let operation = &DOCUMENT["paths"][pattern][method.to_lowercase()];
    let response = resolved(&operation["responses"][reply.status.as_str()]);
    let response_name = format!("{method} {pattern}: {}", reply.status);
    if response.is_null() && !reply.status.is_success() {
        return;
    }
    assert!(!response.is_null(), "{response_name} is not documented: {reply:?}");
    for name in reply.headers.keys() {
        let name = name.as_str();
        let is_own = name.starts_with("x-") && name != "x-content-type-options";
        let headers = response["headers"].as_object().unwrap();
        let documented = headers.keys().any(|header| header.eq_ignore_ascii_case(name));
        assert!(documented || !is_own, "{response_name}: the header {name} is not documented");
    }
    let media_type = reply.header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default();
    let content = &response["content"][media_type];
    assert!(
        !content.is_null() || reply.body.is_empty(),
        "{response_name}: {media_type:?} is not documented"
    );
    let texts: Vec<_> = match media_type {
        "application/x-ndjson" => reply.body.lines().collect(),
        "application/json" | "application/problem+json" => vec![reply.body.as_str()],
        _ => Vec::new(),
    };
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let value = serde_json::from_str(text).unwrap();
        let violation = violation(&content["schema"], &value, "");
        assert_eq!(violation, None, "{response_name} is not as documented: {text}");
    }
}

/// The path of the matching route; fixed segments have precedence over parameters.
fn pattern(method: &str, uri: &str) -> Option<&'static str> {
    let path = uri.split('?').next()?;
    let parts = |path: &'static str| path.trim_matches('/').split('/');
    let sent: Vec<_> = path.trim_matches('/').split('/').collect();
    let is_like = |pattern: &'static str| {
        let fits = |(part, sent): (&str, &&str)| {
            part.starts_with('{') && !sent.is_empty() || part == *sent
        };
        parts(pattern).count() == sent.len() && parts(pattern).zip(&sent).all(fits)
    };
    let first = routes().find(|route| is_like(route.path))?.path;
    let of_method = routes().any(|route| route.path == first && route.method == method);
    of_method.then_some(first)
}

fn resolved(schema: &Value) -> &Value {
    let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.map_or(schema, |target| resolved(DOCUMENT.pointer(target).unwrap()))
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other}"),
    }
}

/// The first violation of the schema, with its place.
fn violation(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let Some(keywords) = schema.as_object() else {
        return (schema == false).then(|| format!("{place} is not allowed"));
    };
    let mut found = keywords.iter();
    found.find_map(|(keyword, of)| {
        by_keyword(keyword, of, keywords, value, place).or_else(|| {
            let holds = holds(keyword, of, value)?;
            (!holds).then(|| format!("{place}: {value} against {keyword} {of}"))
        })
    })
}

/// The first violation in a part of the value.
fn by_keyword(
    keyword: &str,
    of: &Value,
    keywords: &serde_json::Map<String, Value>,
    value: &Value,
    place: &str,
) -> Option<String> {
    let named = |name: &str| format!("{place}/{name}");
    match (keyword, value) {
        ("$ref", _) => violation(DOCUMENT.pointer(&of.as_str()?[1..]).unwrap(), value, place),
        ("allOf", _) => of.as_array()?.iter().find_map(|one| violation(one, value, place)),
        ("anyOf", _) => {
            let each: Option<Vec<_>> =
                of.as_array()?.iter().map(|one| violation(one, value, place)).collect();
            each.map(|each| each.join("; "))
        }
        ("properties", Value::Object(members)) => {
            (members.iter()).find_map(|(name, value)| violation(of.get(name)?, value, &named(name)))
        }
        ("additionalProperties", Value::Object(members)) => {
            let known = |name: &str| {
                keywords.get("properties").is_some_and(|known| known.get(name).is_some())
            };
            let mut others = members.iter().filter(|(name, _)| !known(name));
            others.find_map(|(name, value)| violation(of, value, &named(name)))
        }
        ("propertyNames", Value::Object(members)) => (members.keys())
            .find_map(|name| violation(of, &Value::from(name.as_str()), &named(name))),
        ("items", Value::Array(items)) => {
            items.iter().take(SAMPLE).find_map(|item| violation(of, item, &named("[]")))
        }
        _ => None,
    }
}

/// Whether the value satisfies the keyword, regardless of its parts; `None` for keywords that do not apply.
fn holds(keyword: &str, of: &Value, value: &Value) -> Option<bool> {
    let most = |length: usize| of.as_u64().is_some_and(|most| length as u64 <= most);
    let least = |length: usize| of.as_u64().is_some_and(|least| length as u64 >= least);
    Some(match (keyword, value) {
        ("type", _) => match of {
            Value::Array(names) => {
                names.iter().any(|name| is_of_type(name.as_str().unwrap(), value))
            }
            name => is_of_type(name.as_str().unwrap(), value),
        },
        ("enum", _) => of.as_array()?.contains(value),
        ("const", _) => of == value,
        ("not", _) => violation(of, value, "").is_some(),
        ("required", Value::Object(members)) => {
            (of.as_array()?.iter()).all(|name| members.contains_key(name.as_str().unwrap()))
        }
        ("minItems", Value::Array(items)) => least(items.len()),
        ("maxItems", Value::Array(items)) => most(items.len()),
        ("minProperties", Value::Object(members)) => least(members.len()),
        ("maxProperties", Value::Object(members)) => most(members.len()),
        ("minLength", Value::String(text)) => least(text.chars().count()),
        ("maxLength", Value::String(text)) => most(text.chars().count()),
        ("minimum", Value::Number(number)) => number.as_f64()? >= of.as_f64()?,
        ("maximum", Value::Number(number)) => number.as_f64()? <= of.as_f64()?,
        ("pattern", Value::String(text)) => PATTERNS.with_borrow_mut(|patterns| {
            let pattern = of.as_str().unwrap();
            let compiled = || Regex::new(pattern).unwrap();
            patterns.entry(pattern.to_owned()).or_insert_with(compiled).is_match(text)
        }),
        (
            "exclusiveMinimum" | "exclusiveMaximum" | "oneOf" | "contains" | "uniqueItems"
            | "multipleOf",
            _,
        ) => {
            panic!("the keyword {keyword}")
        }
        _ => return None,
    })
}

#[test]
fn a_response_that_violates_the_document_is_found() {
    let page = |row: &Value| serde_json::json!({"next": null, "previous": null, "results": [row]});
    let schema = |name: &str| &DOCUMENT["components"]["schemas"][name];
    let mut activity = schema("Activity")["properties"].clone();
    for value in activity.as_object_mut().unwrap().values_mut() {
        *value = Value::Null;
    }
    let found = violation(schema("ActivityPage"), &page(&activity), "");
    assert!(found.is_some_and(|found| found.starts_with("/results/[]/")));
    assert!(violation(schema("ActivityPage"), &page(&serde_json::json!({})), "").is_some());
    assert_eq!(violation(schema("Error"), &serde_json::json!({"detail": "x"}), ""), None);
}
