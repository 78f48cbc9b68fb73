//! Tests of `GET /v3/users/{vendor_data}/`: names in paths, and conditional requests.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::support::Api;

/// Returns `/v3/users/{segment}/` without encoding the segment.
fn uri(segment: &str) -> String {
    format!("/v3/users/{segment}/")
}

/// The unit tests of `request::path` and `query_string` contain more cases.
#[actix_web::test]
async fn any_name_can_be_encoded_in_a_path() {
    let api = Api::new().await;
    let longest = "😀".repeat(500);
    for name in ["a/b", "//", " ", "%2F", "a+b", "?#", "e\u{301}", "update-status", "...", &longest]
    {
        api.user(name).await;
        let uri = uri(&utf8_percent_encode(name, NON_ALPHANUMERIC).to_string());
        assert_eq!(api.get(&uri).await.body_of(200)["vendor_data"], name);
        let status = format!("{uri}update-status");
        api.patch(&status, json!({"status": "FLAGGED"})).await.body_of(200);
    }
    let not_found = json!({"detail": "Not found."});
    let too_long = "x".repeat(2001);
    for segment in ["%FF", "%zz", "%0A", "imports", "%2E%2E", "by-id", &too_long] {
        api.get(&uri(segment)).await.assert(404, &not_found);
        api.patch(&uri(segment), json!({})).await.assert(404, &not_found);
    }
}

#[actix_web::test]
async fn nul_is_rejected_in_path_and_query() {
    let api = Api::new().await;
    let in_path = "NUL characters are not allowed in the path.";
    let in_query = "NUL characters are not allowed in the query string.";
    let not_utf8 = "The query string must be percent-encoded UTF-8.";
    for (method, uri, detail) in [
        ("GET", "/v3/users/a%00/", in_path),
        ("PATCH", "/v3/users/%00/", in_path),
        ("GET", "/v3/users/ada/?a=%00", in_query),
        ("GET", "/v3/users/?search=%00", in_query),
        ("POST", "/v3/users/create/?%00", in_query),
        ("GET", "/v3/users/ada/?a=%FF", not_utf8),
        ("GET", "/v3/users/ada/?a=%", not_utf8),
    ] {
        let call = api.call(method, uri).json(&json!({"vendor_data": "x"}));
        call.send().await.assert(400, &json!({ "detail": detail }));
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
