//! Requests with unknown fields are refused, without an effect, if the operation deletes or restores data, or if the
//! client prefers it: `Prefer: handling=strict` (RFC 7240).

use api_actix::{Route, openapi_json, routes};
use serde_json::{Value, json};
use users_domain::model::KeyKind;

use crate::access::path_of;
use crate::internal::{SESSIONS, session};
use crate::keys::URI as KEYS;
use crate::support::{Api, Call};

const UNKNOWN: &str = "Unknown field.";

fn strict(call: Call) -> Call {
    call.header("prefer", "respond-async, handling=strict")
}

/// An application with one resource of each kind.
struct Scene {
    api: Api,
    service: String,
    user: String,
    destination: String,
    key: String,
}

impl Scene {
    async fn new() -> Self {
        let api = Api::new().await;
        let text = |shown: &Value, name: &str| shown[name].as_str().unwrap().to_owned();
        Self {
            user: text(&api.user("ada").await, "didit_internal_id"),
            destination: text(&api.destination("https://example.org/").await, "uuid"),
            key: api.new_key("READER").await.0,
            service: api.key(KeyKind::Service).await,
            api,
        }
    }

    fn call(&self, route: &Route, query: &str) -> Call {
        let is_internal = route.path.starts_with("/internal/");
        let key = if is_internal { &self.service } else { &self.api.owner };
        let uuid = if route.path.starts_with(KEYS) { &self.key } else { &self.destination };
        let path = path_of(route, &self.user, uuid);
        self.api.with_key(key, route.method.as_str(), &format!("{path}{query}"))
    }

    /// A state that every operation that deletes or restores data changes.
    async fn state(&self) -> (usize, usize, String) {
        let entries = |about_users| self.api.entries(about_users).len();
        let destinations = self.api.get("/v3/webhook/destinations/").await.body;
        (entries(true), entries(false), destinations)
    }
}

#[actix_web::test]
async fn every_operation_refuses_unknown_parameters_and_members() {
    let scene = Scene::new().await;
    let before = scene.state().await;
    for route in routes() {
        let has_body = ["POST", "PATCH", "PUT"].contains(&route.method.as_str());
        let mut call = strict(scene.call(route, "?unknown=1"));
        if has_body {
            call = call.json(&json!({"filter": 1}));
        }
        let reply = call.send().await;
        let errors = reply.body_of(400);
        assert_eq!(errors["unknown"], json!([UNKNOWN]), "{} {errors}", route.path);
        if has_body {
            assert_eq!(errors["filter"], json!([UNKNOWN]), "{} {errors}", route.path);
        }
        assert_eq!(reply.ignored(), None, "{}", route.path);
    }
    assert_eq!(scene.state().await, before, "the requests have no effect");
}

#[actix_web::test]
async fn every_described_parameter_is_read() {
    let scene = Scene::new().await;
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut read = 0;
    for route in routes().filter(|route| route.method == "GET") {
        let parameters = document["paths"][route.path]["get"]["parameters"].as_array().unwrap();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let name = if name == "metadata" { "metadata.key" } else { name };
            let reply = scene.call(route, &format!("?{name}=")).send().await;
            assert_eq!(reply.status, 200, "{} {name}: {}", route.path, reply.body);
            assert_eq!(reply.ignored(), None, "{} {name}", route.path);
            read += 1;
        }
    }
    assert!(read > 40, "{read}");
}

/// A field of another operation does not limit the effect.
#[actix_web::test]
async fn operations_that_delete_or_restore_data_refuse_unknown_fields() {
    for route in routes().filter(|route| route.is_strict()) {
        let members = match route.path {
            "/v3/users/delete/" => {
                &["vendor_data_list", "didit_internal_id_list", "delete_all"][..]
            }
            "/v3/users/restore/" => &["vendor_data_list", "didit_internal_id_list"],
            _ => &["none"],
        };
        for member in members {
            let scene = Scene::new().await;
            if route.path == "/v3/users/restore/" {
                scene.api.delete_users(&["ada"]).await;
            } else if route.path.ends_with("legal-hold/") {
                let call = scene.api.call("PUT", "/v3/users/ada/legal-hold/");
                call.json(&json!({"reason": "x"})).send().await.body_of(200);
            }
            let body = match *member {
                "none" => json!({}),
                "delete_all" => json!({"delete_all": true}),
                "vendor_data_list" => json!({"vendor_data_list": ["ada"]}),
                ids => json!({ ids: [scene.user] }),
            };
            let send = |query: &str, body: &Value| {
                let call = scene.call(route, query);
                if *body == json!({}) { call.send() } else { call.json(body).send() }
            };
            let before = scene.state().await;
            for name in ["dry_run", "exclude", "filter", "search", "count", "reason", ""] {
                let unknown = json!({ name: [UNKNOWN] });
                send(&format!("?{name}=x"), &body).await.assert(400, &unknown);
                let mut more = body.clone();
                more[name] = json!("x");
                send("", &more).await.assert(400, &unknown);
            }
            assert_eq!(scene.state().await, before, "{body}");
            let alone = send("", &body).await;
            assert!(alone.status.is_success(), "{} {body}: {}", route.path, alone.body);
            assert_ne!(scene.state().await, before, "{} {body}", route.path);
        }
    }
}

#[actix_web::test]
async fn all_errors_of_a_strict_request_are_reported_at_once() {
    let api = Api::new().await;
    let body = json!({"delete_all": "yes", "dry_run": true});
    api.post("/v3/users/delete/?status=BLOCKED", body).await.assert(
        400,
        &json!({"delete_all": ["Must be a valid boolean."], "dry_run": [UNKNOWN], "status": [UNKNOWN]}),
    );
    let reply = strict(api.call("GET", "/v3/users/?stauts[]=ACTIVE&limit=0")).send().await;
    let range = "Ensure this value is between 1 and 1000.";
    reply.assert(400, &json!({"limit": [range], "stauts[]": [UNKNOWN]}));
    let create = strict(api.call("POST", "/v3/users/create/"));
    create.json(&json!({"full_nmae": "Ada", "status": "x"})).send().await.assert(
        400,
        &json!({
            "full_nmae": [UNKNOWN],
            "status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"],
            "vendor_data": ["This field is required."],
        }),
    );
    for accept in ["application/json", "application/x-ndjson"] {
        let call = strict(api.call("GET", "/v3/audit-log/?acotr=x&actor=x"));
        let errors = json!({"acotr": [UNKNOWN], "actor": ["Must be a valid UUID."]});
        call.header("accept", accept).send().await.assert(400, &errors);
    }
    // An unknown user has precedence over field errors.
    let activity = strict(api.call("GET", "/v3/users/unknown/activity/?unknown=1"));
    activity.send().await.assert(404, &json!({"detail": "Not found."}));
    let update = strict(api.call("PATCH", "/v3/users/unknown/"));
    let reply = update.json(&json!({"full_nmae": "Ada"})).send().await;
    reply.assert(404, &json!({"detail": "Not found."}));
}

#[actix_web::test]
async fn a_strict_request_without_unknown_fields_is_executed() {
    let api = Api::new().await;
    let body = json!({"vendor_data": "x", "metadata": {"anything": 1}});
    strict(api.call("POST", "/v3/users/create/")).json(&body).send().await.body_of(201);
    let uri = "/v3/users/?status[]=ACTIVE&metadata[anything]=1&page=1";
    assert_eq!(strict(api.call("GET", uri)).send().await.json()["count"], 1);
}

#[actix_web::test]
async fn unknown_members_of_nested_objects_are_reported() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    api.create(json!({"vendor_data": "x", "tags": [{"name": "vip"}]})).await;
    let approved = |name: &str, value| session(json!({"status": "Approved", name: value}));
    let tags = json!([{"name": "vip", "colour": "red"}]);
    for (method, uri, body, name) in [
        ("POST", "/v3/users/create/", json!({"vendor_data": "y", "tags": tags}), "tags.colour"),
        ("PATCH", "/v3/users/x/", json!({"tags": tags}), "tags.colour"),
        ("POST", SESSIONS, approved("identity", json!({"age": 7})), "identity.age"),
        ("POST", SESSIONS, approved("features", json!({"DNA": "Approved"})), "features.DNA"),
    ] {
        let key = if uri == SESSIONS { &service } else { &api.owner };
        let before = api.traces();
        let call = api.with_key(key, method, uri).json(&body);
        let refused = strict(call.clone()).send().await;
        refused.assert(400, &json!({ name: [UNKNOWN] }));
        assert_eq!(api.traces(), before, "{name}: the request has no effect");
        let reply = call.send().await;
        assert!(reply.status.is_success(), "{name}: {}", reply.body);
        assert_eq!(reply.ignored(), Some(name));
    }
    // Tags in the form of the response.
    let shown = json!({"tags": api.get("/v3/users/x/").await.json()["tags"]});
    let reply = strict(api.call("PATCH", "/v3/users/x/")).json(&shown).send().await;
    assert_eq!((reply.status.as_u16(), reply.ignored()), (200, None));
}
