//! Tests of `GET /v3/users/{vendor_data}/`: names in paths, and conditional requests.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::support::Api;

/// Returns `/v3/users/{segment}/` without encoding the segment.
fn uri(segment: &str) -> String {
    format!("/v3/users/{segment}/")
}

#[actix_web::test]
async fn any_name_can_be_encoded_in_a_path() {
    let api = Api::new().await;
    let incompressible: String = (0..2000_u32)
        .map(|index| {
            char::from(b'!' + u8::try_from(index.wrapping_mul(2_654_435_761) >> 26).unwrap())
        })
        .collect();
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    for name in [
        "a/b",
        "/",
        "//",
        " ",
        "%",
        "%2F",
        "a+b",
        "?",
        "#",
        "é",
        "e\u{301}",
        "😀",
        "update-status",
        "...",
        "'\"<>",
        "a;b=c",
        "\u{feff}",
        "CREATE",
        "create ",
        &incompressible,
    ] {
        api.user(name).await;
        let reply = api.get(&uri(&encode(name))).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
        assert_eq!(reply.json()["vendor_data"], name);
        let status = format!("{}update-status", uri(&encode(name)));
        assert_eq!(api.patch(&status, json!({"status": "FLAGGED"})).await.status, 200, "{name}");
    }
}

#[actix_web::test]
async fn a_path_without_a_valid_name_is_not_found() {
    let api = Api::new().await;
    let too_long = "x".repeat(2001);
    for segment in
        ["%FF", "%C3", "%ED%A0%80", "%zz", "%", "%0A", "imports", "%2E%2E", "by-id", &too_long]
    {
        let reply = api.get(&uri(segment)).await;
        reply.assert(404, &json!({"detail": "Not found."}));
        let reply = api.patch(&uri(segment), json!({})).await;
        reply.assert(404, &json!({"detail": "Not found."}));
    }
}

#[actix_web::test]
async fn nul_is_rejected_in_path_and_query() {
    let api = Api::new().await;
    api.user("ada").await;
    let in_path = json!({"detail": "NUL characters are not allowed in the path."});
    api.get(&uri("a%00")).await.assert(400, &in_path);
    api.patch(&uri("%00"), json!({})).await.assert(400, &in_path);
    let in_query = json!({"detail": "NUL characters are not allowed in the query string."});
    api.get("/v3/users/ada/?a=%00").await.assert(400, &in_query);
    api.get("/v3/users/?search=%00").await.assert(400, &in_query);
    api.post("/v3/users/create/?%00", json!({"vendor_data": "x"})).await.assert(400, &in_query);
    let bad_query = json!({"detail": "The query string must be percent-encoded UTF-8."});
    for query in ["a=%FF", "a=%", "%C3%28=1"] {
        api.get(&format!("/v3/users/ada/?{query}")).await.assert(400, &bad_query);
    }
}

#[actix_web::test]
async fn a_client_with_the_current_version_gets_304() {
    let api = Api::new().await;
    api.user("ada").await;
    let etag = api.get("/v3/users/ada/").await.header("etag").unwrap().to_owned();
    for (condition, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        (format!("\"x\", {etag}"), 304),
        ("*".to_owned(), 304),
        (etag.replace("-1\"", "-2\""), 200),
        (etag.trim_matches('"').to_owned(), 200),
        (String::new(), 200),
    ] {
        let call = api.call("GET", "/v3/users/ada/?typo=1").header("if-none-match", &condition);
        let reply = call.send().await;
        assert_eq!(reply.status, status, "{condition}");
        assert_eq!(reply.header("etag"), Some(etag.as_str()));
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
        assert_eq!(reply.ignored(), Some("typo"));
        assert_eq!(reply.body.is_empty(), status == 304);
    }
    api.patch("/v3/users/ada/", json!({"display_name": "Ada"})).await;
    let call = api.call("GET", "/v3/users/ada/").header("if-none-match", &etag);
    assert_eq!(call.send().await.status, 200);
    let call = api.call("GET", "/v3/users/nobody/").header("if-none-match", "*");
    assert_eq!(call.send().await.status, 404);
}
