//! Tests of the OpenAPI document and its interactive page.

use std::collections::BTreeSet;
use std::path::Path;

use api_actix::{openapi_json, routes};
use regex::Regex;
use serde_json::{Value, json};

use crate::internal::{SESSIONS, session};
use crate::keys::URI as KEYS;
use crate::support::Api;

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

/// Writes the file first if the environment contains `UPDATE_GOLDEN=1`.
#[test]
fn the_checked_in_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, openapi_json()).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == openapi_json(),
        "docs/openapi.json is stale: UPDATE_GOLDEN=1 cargo test -p api-actix openapi"
    );
}

#[test]
fn exactly_the_routes_are_documented() {
    let routes: BTreeSet<_> = routes()
        .map(|route| (route.path.to_owned(), route.method.as_str().to_lowercase()))
        .collect();
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (path.clone(), method.clone()))
        })
        .collect();
    assert_eq!(documented, routes);
}

#[test]
fn operations_require_a_key_exactly_if_their_routes_do() {
    let document = document();
    assert_eq!(document["security"], json!([{"ApiKey": []}]));
    for route in routes() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        let open = operation["security"] == json!([{}]);
        assert_eq!(open, route.operation().is_none(), "{} {}", route.method, route.path);
        assert_eq!(operation["responses"]["401"].is_null(), open, "{}", route.path);
    }
}

#[test]
fn every_operation_documents_the_rate_limit_headers() {
    let document = document();
    let own = |response: &Value| -> Value {
        let shared = response["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        shared.map_or_else(|| response.clone(), |path| document.pointer(path).unwrap().clone())
    };
    for route in routes() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses {
            for header in ["RateLimit", "RateLimit-Policy", "X-RateLimit-Reset"] {
                let documented = !own(response)["headers"][header].is_null();
                assert!(documented, "{} {status} {header}", route.path);
            }
        }
        assert!(!own(&responses["429"])["headers"]["Retry-After"].is_null());
    }
}

/// Every `$ref` in a JSON text.
fn references(json: &Value, found: &mut BTreeSet<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(target) if name == "$ref" => drop(found.insert(target.to_owned())),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_component_is_used_and_every_used_component_exists() {
    let document = document();
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    let mut defined = BTreeSet::new();
    for kind in ["schemas", "responses", "headers", "parameters"] {
        let names = document["components"][kind].as_object().unwrap().keys();
        defined.extend(names.map(|name| format!("#/components/{kind}/{name}")));
    }
    assert_eq!(used, defined);
}

#[actix_web::test]
async fn responses_have_the_documented_members() {
    let api = Api::new().await;
    let detail = api.user("x").await;
    let page = api.get("/v3/users/").await.json();
    let results = api.report(SESSIONS, &session(json!({}))).await.json();
    let document = document();
    let keys = |json: &Value| json.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let new_key = api.post(KEYS, json!({"name": "x", "role": "READER"})).await.json();
    let uri = format!("{KEYS}{}/rotate/", new_key["uuid"].as_str().unwrap());
    let rotated = api.post(&uri, json!({})).await.json();
    let mut responses = crate::webhooks::read::shown(&api).await;
    responses.extend([
        ("UserRow", page["results"][0].clone()),
        ("UserPage", page),
        ("Provenance", detail["provenance"].clone()),
        ("UserDetail", detail),
        ("ApiKey", rotated["previous"].clone()),
        ("NewApiKey", new_key),
        ("RotatedApiKey", rotated),
        ("ReportedUser", results["results"][0]["user"].clone()),
        ("ReportResults", results),
        ("Enforcement", api.enforcement("x").await.json()),
    ]);
    for (name, shown) in &responses {
        let schema = &document["components"]["schemas"][name];
        assert_eq!(keys(&schema["properties"]), keys(shown), "{name}");
        assert_eq!(schema["required"].as_array().unwrap().len(), keys(shown).len());
    }
}

#[actix_web::test]
async fn the_page_loads_only_its_own_files() {
    let api = Api::new().await;
    let links = Regex::new("(?:src|href)=\"([^\"]*)\"").unwrap();
    for uri in ["/docs", "/docs/"] {
        let page = api.anonymous("GET", uri).send().await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("http"), "{policy}");
        let mut assets = 0;
        for link in links.captures_iter(&page.body).map(|found| found[1].to_owned()) {
            if link == "data:," {
                continue;
            }
            // An absolute link is valid with and without a trailing slash in the page's path.
            assert!(link.starts_with("/docs/"), "{link}");
            let asset = api.anonymous("GET", &link).send().await;
            assert_eq!(asset.status, 200, "{link}");
            let media_type =
                if link.rsplit('.').next() == Some("css") { "text/css" } else { "text/javascript" };
            assert_eq!(asset.header("content-type"), Some(media_type), "{link}");
            assert!(!asset.body.is_empty(), "{link}");
            assets += 1;
        }
        assert_eq!(assets, 3);
    }
}

#[actix_web::test]
async fn the_page_shows_the_own_document_and_calls_no_other_server() {
    let api = Api::new().await;
    let script = api.anonymous("GET", "/docs/swagger-initializer.js").send().await.body;
    assert!(script.contains("\"url\": \"/openapi.json\""), "{script}");
    assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
    assert!(!script.contains("http"), "{script}");
    let style = Regex::new(r"(?:url\(|@import)\s*['\x22]?([a-z]*:?//|https?:)").unwrap();
    let sheet = api.anonymous("GET", "/docs/swagger-ui.css").send().await.body;
    assert!(!style.is_match(&sheet), "the style sheet loads a file from another server");
    for other in ["index.html", "oauth2-redirect.html", "..%2Fopenapi.json", "nothing"] {
        let reply = api.anonymous("GET", &format!("/docs/{other}")).send().await;
        assert_eq!(reply.status, 404, "{other}");
    }
}
