//! The route table and the OpenAPI document say the same.

use std::collections::BTreeSet;

use api_actix::{ErrorCode, ROUTES, openapi_json};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

/// Every operation of the document as its method, its path, and itself.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let methods = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ];
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in methods {
            if let Some(operation) = item.get(method) {
                operations.push((method.to_uppercase(), path.clone(), operation));
            }
        }
    }
    operations
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let routes: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.to_string(), route.path.to_owned()))
        .collect();
    assert_eq!(documented, routes);
}

#[test]
fn a_key_is_documented_exactly_where_one_is_needed() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let route = ROUTES
            .iter()
            .find(|route| route.method.as_str() == method && route.path == path)
            .unwrap();
        let security = operation.get("security").unwrap_or(&document["security"]);
        // An empty requirement, or none, lets everybody in.
        let open = *security == json!([]) || security.as_array().unwrap().contains(&json!({}));
        assert_eq!(open, route.operation().is_none(), "{method} {path}");
        let told = operation["responses"].get("401").is_some();
        assert_eq!(told, route.operation().is_some(), "{method} {path}");
    }
}

#[test]
fn every_error_has_a_documented_status() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document)
        .into_iter()
        .flat_map(|(_, _, operation)| operation["responses"].as_object().unwrap().keys())
        .cloned()
        .collect();
    // Of a method that an operation does not have, no operation can tell.
    for code in ErrorCode::ALL
        .iter()
        .filter(|code| **code != ErrorCode::MethodNotAllowed)
    {
        let status = code.status().as_str().to_owned();
        let covered = documented.contains(&status) || documented.contains("default");
        assert!(covered, "{code:?}");
    }
}
