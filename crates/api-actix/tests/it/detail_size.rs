//! Tests that a user's detail stays small even if the values in its history are large.

use serde_json::json;

use crate::support::Api;

const URI: &str = "/v3/users/ada/";

/// Maximum size of a request body. A detail must not exceed it, because a client may send the detail back.
const MAX_BYTES: usize = 256 * 1024;

#[actix_web::test]
async fn a_detail_after_large_edits_can_be_sent_back() {
    let api = Api::new().await;
    api.user("ada").await;
    for nth in 0..20 {
        let note = nth.to_string().repeat(30_000);
        let edit = json!({"metadata": {"note": note, "same": true}});
        api.patch(URI, edit).await.body_of(200);
    }
    let shown = api.get(URI).await;
    assert!(shown.body.len() <= MAX_BYTES, "{}", shown.body.len());
    let mut detail = shown.json();
    let newest = &detail["comments"][0];
    let elided = json!({"elided": true, "bytes": 60_023, "changed_keys": ["note"]});
    assert_eq!(newest["previous_value"], json!({ "metadata": elided }));
    assert_eq!(newest["new_value"], json!({ "metadata": elided }));
    detail["display_name"] = json!("Ada");
    api.patch(URI, detail).await.body_of(200);

    let activity = api.get("/v3/users/ada/activity/").await.json();
    let whole = &activity["results"][1]["new_value"]["metadata"]["note"];
    assert_eq!(whole.as_str().unwrap().len(), 60_000);
}

#[actix_web::test]
async fn the_largest_detail_is_within_its_limit() {
    let api = Api::new().await;
    api.user("ada").await;
    let texts = |count: usize, text: &dyn Fn(usize) -> String| -> Vec<String> {
        (0..count).map(text).collect()
    };
    let values = json!({
        "display_name": "\u{1f600}".repeat(255),
        "full_name": "\u{1f600}".repeat(500),
        "portrait_image_url": format!("https://example.org/{}", "a".repeat(1_900)),
        "tags": texts(50, &|nth| format!("{nth}{}", "\u{1f600}".repeat(60))),
        "approved_emails": texts(50, &|nth| format!("{nth}{}@example.org", "a".repeat(60))),
        "approved_phones": texts(50, &|nth| format!("+1201555{:04}", nth + 100)),
        "metadata": {"note": "a".repeat(65_000)},
    });
    api.patch(URI, values).await.body_of(200);
    for nth in 0..20 {
        let status = ["FLAGGED", "ACTIVE"][nth % 2];
        let change = json!({"status": status, "reason": "\u{1f600}".repeat(1_000)});
        api.patch(URI, change).await.body_of(200);
    }
    let shown = api.get(URI).await;
    assert_eq!(shown.json()["comments"].as_array().map(Vec::len), Some(20));
    assert!(shown.body.len() <= MAX_BYTES, "{}", shown.body.len());
    assert_eq!(api.patch(URI, shown.json()).await.body_of(200), shown.json());
}
