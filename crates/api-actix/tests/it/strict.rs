//! Operations that delete or restore data refuse requests with unknown fields, without an effect.

use std::collections::BTreeSet;

use api_actix::{Route, openapi_json, routes};
use serde_json::{Value, json};

use crate::support::{Api, Call};

/// All names of query parameters and body members in the document, and names that other APIs use to limit an effect.
fn names(document: &Value) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        ["dry_run", "exclude", "filter", "filter_status", "force", ""].map(str::to_owned).into();
    for item in document["paths"].as_object().unwrap().values() {
        for (_, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let queries = parameters.filter(|parameter| parameter["in"] == "query");
            names.extend(queries.map(|parameter| parameter["name"].as_str().unwrap().to_owned()));
            names.extend(members(document, operation));
        }
    }
    names
}

/// The members that the body of an operation may have.
fn members(document: &Value, operation: &Value) -> Vec<String> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let Some(reference) = schema["$ref"].as_str() else {
        return Vec::new();
    };
    let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, _)| name.clone()).collect()
}

/// An application with one resource of each kind that a call could delete or restore.
struct Scene {
    api: Api,
    user: Value,
    destination: String,
    key: String,
}

impl Scene {
    async fn new(route: &Route) -> Self {
        let api = Api::new().await;
        let user = api.user("ada").await;
        if route.path == "/v3/users/restore/" {
            let body = json!({"vendor_data_list": ["ada"]});
            api.post("/v3/users/delete/", body).await;
        } else if route.path.ends_with("legal-hold/") {
            let call = api.call("PUT", "/v3/users/ada/legal-hold/");
            assert_eq!(call.json(&json!({"reason": "x"})).send().await.status, 200);
        }
        let destination = api.destination("https://example.org/").await;
        let (key, _) = api.new_key("READER").await;
        Self { destination: destination["uuid"].as_str().unwrap().to_owned(), user, key, api }
    }

    fn call(&self, route: &Route, query: &str, body: &Value) -> Call<'_> {
        let uuid = match route.path {
            path if path.contains("api-keys") => &self.key,
            _ => &self.destination,
        };
        let path = (route.path)
            .replace("{vendor_data}", "ada")
            .replace("{didit_internal_id}", self.user["didit_internal_id"].as_str().unwrap())
            .replace("{uuid}", uuid);
        let call = self.api.call(route.method.as_str(), &format!("{path}{query}"));
        if *body == json!({}) { call } else { call.json(body) }
    }

    /// A value of the member with which the call has an effect.
    fn value(&self, member: &str) -> Value {
        match member {
            "delete_all" => json!(true),
            "vendor_data_list" => json!(["ada"]),
            "didit_internal_id_list" => json!([self.user["didit_internal_id"]]),
            other => panic!("no value for {other}"),
        }
    }

    /// A state that each of these calls changes.
    async fn state(&self) -> (usize, usize, String) {
        let entries = |about_users| self.api.entries(about_users).len();
        let destinations = self.api.get("/v3/webhook/destinations/").await.body;
        (entries(true), entries(false), destinations)
    }
}

#[actix_web::test]
async fn an_unknown_field_is_reported_and_the_request_has_no_effect() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let strict: Vec<_> = routes().filter(|route| route.is_strict()).collect();
    assert!(strict.len() > 5);
    for route in strict {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        let known = members(&document, operation);
        let scene = Scene::new(route).await;
        let mut bodies: Vec<_> =
            known.iter().map(|member| json!({ member: scene.value(member) })).collect();
        if bodies.is_empty() {
            bodies.push(json!({}));
        }
        let names = names(&document).into_iter();
        // Without known members, a few unknown names are sufficient.
        let names: Vec<_> = names.take(if known.is_empty() { 5 } else { usize::MAX }).collect();
        let before = scene.state().await;
        for body in bodies {
            for name in &names {
                let mut calls = vec![scene.call(route, &format!("?{name}=x"), &body)];
                if !known.contains(name) {
                    let mut body = body.clone();
                    body[name] = json!("x");
                    calls.push(scene.call(route, "", &body));
                }
                for call in calls {
                    let reply = call.send().await;
                    reply.assert(400, &json!({ name: ["Unknown field."] }));
                }
            }
            assert_eq!(scene.state().await, before, "{body}");
            let scene = Scene::new(route).await;
            let before = scene.state().await;
            let alone = scene.call(route, "", &body).send().await;
            assert!(alone.status.is_success(), "{body}: {}", alone.body);
            assert_ne!(scene.state().await, before, "{body}");
        }
    }
}

#[actix_web::test]
async fn unknown_fields_are_reported_with_other_errors() {
    let api = Api::new().await;
    let body = json!({"delete_all": "yes", "dry_run": true});
    let reply = api.post("/v3/users/delete/?status=BLOCKED", body).await;
    let errors = json!({
        "delete_all": ["Must be a valid boolean."],
        "dry_run": ["Unknown field."],
        "status": ["Unknown field."],
    });
    reply.assert(400, &errors);
}
