//! `Prefer: handling=strict` (RFC 7240): unknown fields are refused, and the request has no effect.

use api_actix::{Route, openapi_json, routes};
use serde_json::{Value, json};
use users_domain::model::KeyKind;

use crate::internal::{SESSIONS, session};
use crate::keys::URI as KEYS;
use crate::support::{Api, Reply};
use crate::webhooks::UNKNOWN_ID;

const WITH_BODY: [&str; 3] = ["POST", "PATCH", "PUT"];

/// The path of a route with the ids of existing resources.
fn path(route: &Route, user: &Value, destination: &Value, key: &str) -> String {
    let uuid =
        if route.path.starts_with(KEYS) { key } else { destination["uuid"].as_str().unwrap() };
    let id = user["didit_internal_id"].as_str().unwrap();
    let path = route.path.replace("{vendor_data}", "x");
    let path = path.replace("{didit_internal_id}", id);
    let path = path.replace("{uuid}", uuid).replace("{asset}", "swagger-ui.css");
    let parts = path.split('/').map(|part| if part.starts_with('{') { UNKNOWN_ID } else { part });
    parts.collect::<Vec<_>>().join("/")
}

async fn send(api: &Api, route: &Route, uri: &str, service: &str) -> Reply {
    let key = if uri.starts_with("/internal/") { service } else { &api.owner };
    let method = route.method.as_str();
    let call = api.anonymous(method, &format!("{uri}?unknown_parameter=1"));
    let call = call.header("x-api-key", key);
    let call = call.header("prefer", "respond-async, handling=strict");
    if WITH_BODY.contains(&method) {
        call.json(&json!({"unknown_member": 1})).send().await
    } else {
        call.send().await
    }
}

#[actix_web::test]
async fn every_operation_refuses_unknown_parameters_and_members() {
    let api = Api::new().await;
    let user = api.user("x").await;
    let destination = api.destination("https://receiver.example/").await;
    let (key, _) = api.new_key("READER").await;
    let service = api.key(KeyKind::Service).await;
    let before = api.traces();
    for route in routes() {
        let uri = path(route, &user, &destination, &key);
        let reply = send(&api, route, &uri, &service).await;
        assert_eq!(reply.status, 400, "{} {uri}: {}", route.method, reply.body);
        let errors = reply.json();
        let unknown = json!(["Unknown field."]);
        assert_eq!(errors["unknown_parameter"], unknown, "{uri}: {errors}");
        if WITH_BODY.contains(&route.method.as_str()) {
            assert_eq!(errors["unknown_member"], unknown, "{uri}: {errors}");
        }
        assert_eq!(reply.header("x-ignored-fields"), None, "{uri}");
    }
    assert_eq!(api.traces(), before, "the request has no effect");
}

#[actix_web::test]
async fn every_described_parameter_is_read() {
    let api = Api::new().await;
    let user = api.user("x").await;
    let destination = api.destination("https://receiver.example/").await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut read = 0;
    for route in routes().filter(|route| route.method == "GET") {
        let parameters = document["paths"][route.path]["get"]["parameters"].as_array().unwrap();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let name = if name == "metadata" { "metadata.key" } else { name };
            let uri = format!("{}?{name}=", path(route, &user, &destination, UNKNOWN_ID));
            let reply = api.call("GET", &uri).send().await;
            assert_eq!(reply.status, 200, "{uri}: {}", reply.body);
            assert_eq!(reply.header("x-ignored-fields"), None, "{uri}");
            read += 1;
        }
    }
    assert!(read > 40, "{read}");
}

#[actix_web::test]
async fn all_errors_of_a_strict_request_are_reported_at_once() {
    let api = Api::new().await;
    let strict = |method, uri| api.call(method, uri).header("prefer", "handling=strict");
    let unknown = "Unknown field.";
    let reply = strict("GET", "/v3/users/?stauts[]=ACTIVE&limit=0").send().await;
    let range = "Ensure this value is between 1 and 1000.";
    reply.assert(400, &json!({"limit": [range], "stauts[]": [unknown]}));
    let body = json!({"full_nmae": "Ada", "status": "x"});
    let reply = strict("POST", "/v3/users/create/").json(&body).send().await;
    let errors = json!({
        "full_nmae": [unknown],
        "status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"],
        "vendor_data": ["This field is required."],
    });
    reply.assert(400, &errors);
    for accept in ["application/json", "application/x-ndjson"] {
        let call = strict("GET", "/v3/audit-log/?acotr=x&actor=x").header("accept", accept);
        let errors = json!({"acotr": [unknown], "actor": ["Must be a valid UUID."]});
        call.send().await.assert(400, &errors);
    }
    // An unknown user has precedence over field errors.
    let reply = strict("GET", "/v3/users/unknown/activity/?unknown=1").send().await;
    reply.assert(404, &json!({"detail": "Not found."}));
    let body = json!({"full_nmae": "Ada"});
    let reply = strict("PATCH", "/v3/users/unknown/").json(&body).send().await;
    reply.assert(404, &json!({"detail": "Not found."}));
}

#[actix_web::test]
async fn a_strict_request_without_unknown_fields_is_executed() {
    let api = Api::new().await;
    let body = json!({"vendor_data": "x", "metadata": {"anything": 1}});
    let call = api.call("POST", "/v3/users/create/").json(&body);
    let created = call.header("prefer", "handling=strict").send().await;
    assert_eq!(created.status, 201, "{}", created.body);
    let uri = "/v3/users/?status[]=ACTIVE&metadata[anything]=1&page=1";
    let listed = api.call("GET", uri).header("prefer", "handling=strict");
    assert_eq!(listed.send().await.json()["count"], 1);
}

#[actix_web::test]
async fn unknown_members_of_nested_objects_are_reported() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    let body = json!({"vendor_data": "x", "tags": [{"name": "vip"}]});
    assert_eq!(api.post("/v3/users/create/", body).await.status, 201);
    let approved = |more: Value| {
        let mut report = session(json!({"status": "Approved"}));
        report.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        report
    };
    let tags = json!([{"name": "vip", "colour": "red"}]);
    for (method, uri, body, name) in [
        ("POST", "/v3/users/create/", json!({"vendor_data": "y", "tags": tags}), "tags.colour"),
        ("PATCH", "/v3/users/x/", json!({"tags": tags}), "tags.colour"),
        ("POST", SESSIONS, approved(json!({"identity": {"age": 7}})), "identity.age"),
        ("POST", SESSIONS, approved(json!({"features": {"DNA": "Approved"}})), "features.DNA"),
    ] {
        let key = if uri == SESSIONS { &service } else { &api.owner };
        let before = api.traces();
        let call = || api.anonymous(method, uri).header("x-api-key", key).json(&body);
        let refused = call().header("prefer", "handling=strict").send().await;
        refused.assert(400, &json!({ name: ["Unknown field."] }));
        assert_eq!(api.traces(), before, "{name}: the request has no effect");
        let ignored = call().send().await;
        assert!(ignored.status.is_success(), "{name}: {}", ignored.body);
        assert_eq!(ignored.header("x-ignored-fields"), Some(name));
    }
    // Tags in the form of the response.
    let shown = json!({"tags": api.get("/v3/users/x/").await.json()["tags"]});
    let call = api.call("PATCH", "/v3/users/x/").json(&shown);
    let reply = call.header("prefer", "handling=strict").send().await;
    assert_eq!((reply.status.as_u16(), reply.header("x-ignored-fields")), (200, None));
}
