use serde_json::{Value, json};
use testkit::base_time;
use users_domain::model::{KeyKind, Timestamp};

use super::{members, results, target, walk};
use crate::support::Api;

#[actix_web::test]
async fn activity_lists_the_history_of_a_user_newest_first() {
    let api = Api::new().await;
    let user = api.user("a/da").await;
    let uri = "/v3/users/a%2Fda/";
    api.patch(uri, json!({ "display_name": "Ada", "session_count": 9 })).await;
    let blocked = json!({ "status": "BLOCKED", "reason": "Confirmed." });
    api.patch(&format!("{uri}update-status/"), blocked).await;
    api.patch(&format!("{uri}update-status/"), json!({ "status": "FLAGGED" })).await;
    api.user("bob").await;

    let entries = results(&api.get(&format!("{uri}activity/")).await);
    let kinds = members(&entries, "comment_type");
    assert_eq!(
        kinds,
        ["TRANSITION_REFUSED", "STATUS_CHANGED", "PROFILE_UPDATED", "READ_ONLY_REFUSED", "CREATED"]
    );
    let changed = &entries[1];
    assert_eq!(
        *changed,
        json!({
            "uuid": changed["uuid"],
            "comment_type": "STATUS_CHANGED",
            "comment": "Confirmed.",
            "previous_status": "ACTIVE",
            "new_status": "BLOCKED",
            "previous_value": null,
            "new_value": null,
            "changed_fields": ["status"],
            "actor_email": null,
            "actor_name": "Test key",
            "metadata": null,
            "mentioned_emails": [],
            "created_at": changed["created_at"],
        })
    );
    let edited = &entries[2];
    assert_eq!(edited["previous_value"], json!({ "display_name": null }));
    assert_eq!(edited["new_value"], json!({ "display_name": "Ada" }));
    assert_eq!(entries[0]["new_status"], "FLAGGED");
    assert_eq!(entries[4]["new_status"], user["status"]);
}

#[actix_web::test]
async fn activity_includes_reports_and_their_subjects() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    let occurred_at = base_time().to_string();
    let report = json!({
        "session_id": "s-1",
        "vendor_data": "ada",
        "revision": 1,
        "status": "In Review",
        "occurred_at": occurred_at,
    });
    let call = api.anonymous("POST", "/internal/v1/session-events/").json(&report);
    let reply = call.header("x-api-key", &service).send().await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let entries = results(&api.get("/v3/users/ada/activity/").await);
    assert_eq!(members(&entries, "comment_type"), ["SESSION", "CREATED"]);
    let about = json!({ "session_id": "s-1", "revision": 1, "status": "In Review" });
    assert_eq!(entries[0]["metadata"], about);
}

#[actix_web::test]
async fn links_lead_to_the_oldest_entry_and_back() {
    let api = Api::new().await;
    api.user("ada").await;
    for number in 0..6 {
        api.patch("/v3/users/ada/", json!({ "display_name": format!("Ada {number}") })).await;
    }
    let whole = results(&api.get("/v3/users/ada/activity/").await);
    assert_eq!(whole.len(), 7);
    let pages = walk(&api, "/v3/users/ada/activity?limit=3", "next").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(pages.concat(), whole);

    let second = api.get("/v3/users/ada/activity/?limit=3").await;
    assert_eq!(target(&second, "previous"), None);
    let second = api.get(&target(&second, "next").unwrap()).await;
    let last = api.get(&target(&second, "next").unwrap()).await;
    let back = walk(&api, &target(&last, "previous").unwrap(), "previous").await;
    let back: Vec<Value> = back.into_iter().rev().flatten().collect();
    assert_eq!(back, whole[..6]);
    // New entries come before the earlier ones.
    api.patch("/v3/users/ada/", json!({ "display_name": "Another" })).await;
    let again = api.get(&target(&second, "next").unwrap()).await;
    assert_eq!(results(&again), results(&last));
    let newer = target(&api.get(&target(&second, "previous").unwrap()).await, "previous");
    let newer = results(&api.get(&newer.unwrap()).await);
    assert_eq!(newer[0]["new_value"], json!({ "display_name": "Another" }));
}

#[actix_web::test]
async fn an_unknown_user_returns_404_before_other_errors() {
    let api = Api::new().await;
    api.user("ada").await;
    api.post("/v3/users/delete/", json!({ "vendor_data_list": ["ada"] })).await;
    for name in ["ada", "nobody", "%FF", "create"] {
        for query in ["", "?limit=0"] {
            let reply = api.get(&format!("/v3/users/{name}/activity/{query}")).await;
            reply.assert(404, &json!({ "detail": "Not found." }));
        }
    }
    let stranger = api.strangers_key().await;
    api.user("bob").await;
    let call = api.anonymous("GET", "/v3/users/bob/activity/");
    let reply = call.header("x-api-key", &stranger).send().await;
    reply.assert(404, &json!({ "detail": "Not found." }));

    // A new user of the same name has a separate history.
    api.user("ada").await;
    let entries = results(&api.get("/v3/users/ada/activity/").await);
    assert_eq!(members(&entries, "comment_type"), ["CREATED"]);
}

#[actix_web::test]
async fn all_parameters_are_checked_and_unknown_ones_are_named() {
    let api = Api::new().await;
    api.user("ada").await;
    api.user("bob").await;
    let reply = api.get("/v3/users/ada/activity/?limit=1001&cursor=x").await;
    let limit = "Ensure this value is between 1 and 1000.";
    let expected = json!({ "limit": [limit], "cursor": ["Invalid cursor."] });
    let body = reply.json();
    assert_eq!(reply.status, 400);
    assert_eq!(body["cursor"], expected["cursor"]);
    assert!(body["limit"].is_array(), "{body}");
    let reply = api.get("/v3/users/ada/activity/?offset=3&actor=x").await;
    assert_eq!(results(&reply).len(), 1);
    assert_eq!(reply.header("x-ignored-fields"), Some("offset, actor"));

    api.patch("/v3/users/ada/", json!({ "display_name": "Ada" })).await;
    let next = target(&api.get("/v3/users/ada/activity/?limit=1").await, "next").unwrap();
    let other_users_page = next.replace("/ada/", "/bob/");
    let reply = api.get(&other_users_page).await;
    reply.assert(400, &json!({ "cursor": ["Invalid cursor."] }));
    let time = results(&api.get(&next).await)[0]["created_at"].clone();
    assert!(Timestamp::parse(time.as_str().unwrap()).is_ok());
}
