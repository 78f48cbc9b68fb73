//! Tests of `GET /v3/users/deleted/` and `POST /v3/users/restore/`.

use serde_json::{Value, json};
use users_domain::model::{EventPayload, Timestamp};

use crate::support::Api;

const LIST: &str = "/v3/users/deleted/";
const RESTORE: &str = "/v3/users/restore/";
const DAY_MICROS: i64 = 86_400_000_000;

async fn delete(api: &Api, names: &[&str]) {
    let body = json!({"vendor_data_list": names});
    let reply = api.post("/v3/users/delete/", body).await;
    assert_eq!(reply.json()["deleted"], names.len());
}

async fn restore(api: &Api, names: &[&str]) -> Value {
    let reply = api.post(RESTORE, json!({"vendor_data_list": names})).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

/// Returns the names on a page, and the URL of the next page.
async fn page(api: &Api, uri: &str) -> (Vec<String>, Option<String>) {
    let reply = api.get(uri).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = reply.json();
    let name = |row: &Value| row["vendor_data"].as_str().unwrap().to_owned();
    let names = page["results"].as_array().unwrap().iter().map(name);
    (names.collect(), page["next"].as_str().map(str::to_owned))
}

#[actix_web::test]
async fn deleted_users_are_listed_newest_first_with_the_end_of_their_retention() {
    let api = Api::new().await;
    for name in ["ada", "bob", "eve", "stays"] {
        api.user(name).await;
    }
    let before = api.get("/v3/users/").await.json();
    for name in ["ada", "bob", "eve"] {
        delete(&api, &[name]).await;
    }
    let (names, next) = page(&api, &format!("{LIST}?limit=2&x=1")).await;
    assert_eq!(names, ["eve", "bob"]);
    let next = next.unwrap();
    let path = next.find("/v3/").map(|at| next[at..].to_owned()).unwrap();
    assert_eq!(page(&api, &path).await, (vec!["ada".to_owned()], None));

    let whole = api.get(LIST).await.json();
    let row = whole["results"][2].clone();
    let find_ada = |rows: &Value| {
        let rows = rows["results"].as_array().unwrap();
        rows.iter().find(|row| row["vendor_data"] == "ada").cloned()
    };
    let mut expected = find_ada(&before).unwrap();
    expected["version"] = json!(2);
    for field in ["updated_at", "deleted_at", "erasable_at", "legal_hold"] {
        expected[field] = row[field].clone();
    }
    assert_eq!(row, expected);
    assert_eq!(row["deleted_at"], row["updated_at"]);
    assert_eq!(row["legal_hold"], Value::Null);
    let micros = |time: &Value| {
        let time = Timestamp::parse(time.as_str().unwrap());
        time.unwrap().unix_micros()
    };
    let retention = micros(&row["erasable_at"]) - micros(&row["deleted_at"]);
    assert_eq!(retention, 1825 * DAY_MICROS);
    assert_eq!(whole["count"], Value::Null);

    for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor")] {
        let reply = api.get(&format!("{LIST}?{query}")).await;
        assert_eq!(reply.status, 400);
        assert!(reply.json()[field].is_array(), "{}", reply.body);
    }
    let stranger = api.strangers_key().await;
    for uri in [LIST, &path] {
        let call = api.anonymous("GET", uri).header("x-api-key", &stranger);
        let reply = call.send().await;
        assert!(!reply.body.contains("ada"), "{}", reply.body);
    }
}

#[actix_web::test]
async fn a_restored_user_is_unchanged_and_emits_an_event() {
    let api = Api::new().await;
    let body =
        json!({"vendor_data": "ada", "full_name": "Ada", "tags": ["vip"], "metadata": {"a": 1}});
    api.post("/v3/users/create/", body).await;
    api.patch("/v3/users/ada/", json!({"status": "FLAGGED", "reason": "r"})).await;
    let before = api.get("/v3/users/ada/").await.json();
    delete(&api, &["ada"]).await;
    assert_eq!(restore(&api, &["ada", "nobody"]).await, json!({"restored": 1, "conflicts": []}));
    let after = api.get("/v3/users/ada/").await.json();
    let mut expected = before.clone();
    expected["version"] = json!(4);
    expected["updated_at"] = after["updated_at"].clone();
    assert_eq!(after, expected);
    assert_eq!(api.get("/v3/users/?search=vip").await.status, 200);
    let events = api.store.events(api.application.id);
    assert_eq!(events.last().unwrap().event.payload, EventPayload::Restored);
    assert_eq!(restore(&api, &["ada"]).await, json!({"restored": 0, "conflicts": []}));
    delete(&api, &["ada"]).await;
    api.user("ada").await;
    let conflict = json!({"restored": 0, "conflicts": ["ada"]});
    assert_eq!(restore(&api, &["ada"]).await, conflict);
}

#[actix_web::test]
async fn a_restore_must_name_users() {
    let api = Api::new().await;
    let message = "Provide vendor_data_list or didit_internal_id_list.";
    for body in [json!({}), json!({"vendor_data_list": []})] {
        let reply = api.post(RESTORE, body).await;
        reply.assert(400, &json!({"vendor_data_list": [message]}));
    }
    let many: Vec<_> = (0..1001).map(|index| format!("u{index}")).collect();
    for body in [
        json!({"vendor_data_list": many}),
        json!({"vendor_data_list": "ada"}),
        json!({"didit_internal_id_list": ["x"]}),
    ] {
        assert_eq!(api.post(RESTORE, body).await.status, 400);
    }
}
