//! Paths that the gate and the router could match differently, and headers of all responses.

use serde_json::json;

use crate::support::Api;

#[actix_web::test]
async fn an_encoded_fixed_segment_names_no_user_and_reaches_no_other_handler() {
    let api = Api::new().await;
    api.user("ada").await;
    let before = api.traces();
    for (method, path) in [
        ("GET", "/v3/users/%63reate/"),
        ("GET", "/v3/users/%64elete"),
        ("PATCH", "/v3/users/%63reate/"),
    ] {
        let reply = api.call(method, path).json(&json!({})).send().await;
        reply.assert(404, &json!({"detail": "Not found."}));
    }
    for path in ["/v3/users/%63reate/", "/v3/users/%64elete/"] {
        let body = json!({"vendor_data": "bob", "delete_all": true});
        let reply = api.post(path, body).await;
        assert_eq!(reply.status, 405, "{path}");
        assert_eq!(reply.header("allow"), Some("GET, HEAD, PATCH"));
    }
    assert_eq!(api.traces(), before, "nothing was written");
}

#[actix_web::test]
async fn ignored_names_are_reported_with_errors() {
    let api = Api::new().await;
    let missing = api.post("/v3/users/create/?q=1", json!({"vendro_data": "x"})).await;
    assert_eq!(missing.status, 400);
    assert_eq!(missing.ignored(), Some("q, vendro_data"));
    let unknown = api.patch("/v3/users/unknown/", json!({"nickname": "x"})).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.ignored(), Some("nickname"));
    let refused = api.get("/v3/users/?limit=0&statsu=ACTIVE").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.ignored(), Some("statsu"));
}

#[actix_web::test]
async fn public_routes_read_their_query_like_other_routes() {
    let api = Api::new().await;
    let reply = api.anonymous("GET", "/healthz?x=1").send().await;
    assert_eq!(reply.ignored(), Some("x"));
    assert_eq!(api.anonymous("GET", "/healthz?x=%00").send().await.status, 400);
}

#[actix_web::test]
async fn the_root_redirects_to_the_page() {
    let api = Api::with(|ports| {
        ports.settings.public_url = Some("https://a.example/base".parse().unwrap());
    })
    .await;
    for method in ["GET", "HEAD"] {
        let reply = api.anonymous(method, "/").send().await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert_eq!(reply.header("location"), Some("/base/docs/"));
    }
}
