//! Tests of an API behind a proxy that strips a path prefix.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Api, Call};

async fn api() -> Api {
    Api::with(|ports| {
        ports.settings.trusts_proxy = Arc::new(|peer| peer.is_loopback());
        ports.settings.public_url = Some("https://a.example/base".parse().unwrap());
    })
    .await
}

fn forwarded(call: Call, peer: &str) -> Call {
    call.from(peer).header("x-forwarded-prefix", "/x/y/")
}

#[actix_web::test]
async fn all_links_have_the_prefix() {
    let api = api().await;
    api.user("ada").await;
    for (peer, prefix) in [("127.0.0.1", "/x/y"), ("192.0.2.1", "/base")] {
        let get = async |uri: &str| forwarded(api.call("GET", uri), peer).send().await;

        let page = get("/docs/").await.body;
        let links = page.matches(&format!("=\"{prefix}/docs/")).count();
        assert_eq!(links, 3, "{page}");
        let script = get("/docs/swagger-initializer.js").await.body;
        let document = format!("\"url\": \"{prefix}/openapi.json\"");
        assert!(script.contains(&document), "{script}");
        let document = get("/openapi.json").await.json();
        assert_eq!(document["servers"], json!([{ "url": prefix }]));

        let name = format!("of {peer}");
        let create = forwarded(api.call("POST", "/v3/users/create/"), peer);
        let created = create.json(&json!({ "vendor_data": name })).send().await;
        let location = format!("{prefix}/v3/users/of%20{peer}/");
        assert_eq!(created.header("location"), Some(location.as_str()));
        let next = format!("https://a.example{prefix}/v3/users/?limit=1&offset=1");
        assert_eq!(get("/v3/users/?limit=1&offset=0").await.json()["next"], next);
    }
}

#[actix_web::test]
async fn the_checked_in_document_is_for_an_api_without_a_prefix() {
    let api = Api::new().await;
    let document = api.get("/openapi.json").await;
    assert_eq!(document.body, api_actix::openapi_json());
    let servers: Value = document.json()["servers"].clone();
    assert_eq!(servers, json!([{ "url": "/" }]));
}
