use serde_json::{Value, json};

use super::concat;
use crate::internal::{SESSIONS, session};
use crate::support::Api;

const URI: &str = "/v3/users/ada/activity/";

#[actix_web::test]
async fn activity_lists_the_history_of_a_user_newest_first() {
    let api = Api::new().await;
    let user = api.user("a/da").await;
    let uri = "/v3/users/a%2Fda/";
    api.patch(uri, json!({ "display_name": "Ada", "session_count": 9 })).await;
    api.patch(uri, json!({ "status": "BLOCKED", "reason": "Confirmed." })).await;
    api.patch(uri, json!({ "status": "FLAGGED" })).await;
    let report = session(json!({ "vendor_data": "a/da", "status": "In Review" }));
    api.reported(SESSIONS, &report).await;
    api.user("bob").await;

    let reply = api.get(&format!("{uri}activity/")).await;
    assert_eq!(
        reply.column("comment_type"),
        [
            "SESSION",
            "TRANSITION_REFUSED",
            "STATUS_CHANGED",
            "PROFILE_UPDATED",
            "READ_ONLY_REFUSED",
            "CREATED",
        ]
    );
    let entries = reply.rows();
    let about = json!({ "session_id": "s-1", "revision": 1, "status": "In Review" });
    assert_eq!(entries[0]["metadata"], about);
    assert_eq!(entries[1]["new_status"], "FLAGGED");
    let changed = &entries[2];
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
    assert_eq!(entries[3]["previous_value"], json!({ "display_name": null }));
    assert_eq!(entries[3]["new_value"], json!({ "display_name": "Ada" }));
    assert_eq!(entries[5]["new_status"], user["status"]);
}

#[actix_web::test]
async fn links_lead_to_the_oldest_entry_and_back() {
    let api = Api::new().await;
    api.user("ada").await;
    let rename = async |name: &str| {
        api.patch("/v3/users/ada/", json!({ "display_name": name })).await.body_of(200);
    };
    for number in 0..6 {
        rename(&number.to_string()).await;
    }
    let whole = api.get(URI).await.rows();
    let pages = api.walk("/v3/users/ada/activity?limit=3", "next").await;
    assert_eq!(pages.iter().map(|page| page.rows().len()).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(concat(&pages), whole);
    assert_eq!(pages[0].link("previous"), None);
    let mut back = api.walk(&pages[2].link("previous").unwrap(), "previous").await;
    back.reverse();
    assert_eq!(concat(&back), whole[..6]);
    // New entries come before the earlier ones.
    rename("Another").await;
    let again = api.get(&pages[1].link("next").unwrap()).await;
    assert_eq!(again.rows(), pages[2].rows());
    let newer = api.walk(&pages[1].link("previous").unwrap(), "previous").await;
    assert_eq!(newer[1].rows()[0]["new_value"], json!({ "display_name": "Another" }));
}

#[actix_web::test]
async fn an_unknown_user_returns_404_before_other_errors() {
    let api = Api::new().await;
    api.user("ada").await;
    api.delete_users(&["ada"]).await;
    for name in ["ada", "nobody", "%FF", "create"] {
        for query in ["", "?limit=0"] {
            let reply = api.get(&format!("/v3/users/{name}/activity/{query}")).await;
            reply.assert(404, &json!({ "detail": "Not found." }));
        }
    }
    // A new user of the same name has a separate history, which another application does not see.
    api.user("ada").await;
    assert_eq!(api.get(URI).await.column("comment_type"), ["CREATED"]);
    let stranger = api.strangers_key().await;
    let reply = api.with_key(&stranger, "GET", URI).send().await;
    reply.assert(404, &json!({ "detail": "Not found." }));
}

#[actix_web::test]
async fn all_parameters_are_checked_and_unknown_ones_are_named() {
    let api = Api::new().await;
    api.user("ada").await;
    api.user("bob").await;
    let invalid = json!(["Invalid cursor."]);
    let limit = "Ensure this value is between 1 and 1000.";
    let reply = api.get(&format!("{URI}?limit=1001&cursor=x")).await;
    reply.assert(400, &json!({ "limit": [limit], "cursor": invalid }));
    let reply = api.get(&format!("{URI}?offset=3&actor=x")).await;
    assert_eq!(reply.rows().len(), 1);
    assert_eq!(reply.ignored(), Some("offset, actor"));

    api.patch("/v3/users/ada/", json!({ "display_name": "Ada" })).await;
    let next = api.get(&format!("{URI}?limit=1")).await.link("next").unwrap();
    let other_users_page: Value = api.get(&next.replace("/ada/", "/bob/")).await.body_of(400);
    assert_eq!(other_users_page, json!({ "cursor": invalid }));
}
