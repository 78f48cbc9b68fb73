//! Tests of `POST /v3/users/delete/`, `GET /v3/users/deleted/` and `POST /v3/users/restore/`.

use serde_json::{Value, json};
use users_domain::model::{EventPayload, Timestamp};

use crate::support::{Api, with};

const DELETE: &str = "/v3/users/delete/";
const LIST: &str = "/v3/users/deleted/";
const RESTORE: &str = "/v3/users/restore/";

#[actix_web::test]
async fn named_users_are_deleted_once() {
    let api = Api::new().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(api.user(name).await["didit_internal_id"].clone());
    }
    let body = json!({
        "vendor_data_list": ["a", "b", "b", "A", "nobody", "", "create", "x\ny", "x".repeat(2001)],
        "didit_internal_id_list": [ids[1], ids[2], "0190a1b2-0000-7000-8000-000000000001"],
    });
    api.post(DELETE, body.clone()).await.assert(200, &json!({"deleted": 3}));
    api.post(DELETE, body).await.assert(200, &json!({"deleted": 0}));
    for name in ["a", "b", "c"] {
        assert_eq!(api.get(&format!("/v3/users/{name}/")).await.status, 404);
    }
    assert_eq!(api.get("/v3/users/").await.column("vendor_data"), ["d"]);
    assert_ne!(api.user("a").await["didit_internal_id"], ids[0]);
}

#[actix_web::test]
async fn a_call_must_name_users() {
    let api = Api::new().await;
    let (both, names, ids) = (
        ["vendor_data_list", "didit_internal_id_list"],
        ["vendor_data_list"],
        ["didit_internal_id_list"],
    );
    let error = json!(["Provide vendor_data_list or set delete_all=true."]);
    for body in [
        json!({}),
        json!({"delete_all": false}),
        json!({"delete_all": null, "vendor_data_list": null}),
        json!({"vendor_data_list": [], "didit_internal_id_list": []}),
    ] {
        api.post(DELETE, body).await.assert(400, &error);
    }
    for value in [json!("true"), json!(1)] {
        let error = json!({"delete_all": ["Must be a valid boolean."]});
        api.post(DELETE, json!({ "delete_all": value })).await.assert(400, &error);
    }
    let error =
        json!({"vendor_data_list": ["Provide vendor_data_list or didit_internal_id_list."]});
    for body in [json!({}), json!({"vendor_data_list": []})] {
        api.post(RESTORE, body).await.assert(400, &error);
    }
    let many: Vec<_> = (0..1001).map(|index| format!("u{index}")).collect();
    let one = "0190a1b2-0000-7000-8000-000000000001";
    let no_list = |name: &str| format!("Expected a list of items but got type \"{name}\".");
    let no_text = |item| format!("Item {item}: Not a valid string.");
    let no_id = |item| format!("Item {item}: Must be a valid UUID.");
    let together = "Ensure both lists together have no more than 1000 elements.";
    for (body, fields, messages) in [
        (json!({"vendor_data_list": "a"}), &names[..], vec![no_list("str")]),
        (json!({"vendor_data_list": {"a": 1}}), &names, vec![no_list("dict")]),
        (json!({"vendor_data_list": ["a", 1]}), &names, vec![no_text(2)]),
        (json!({"didit_internal_id_list": [1, "x"]}), &ids, vec![no_text(1), no_id(2)]),
        (json!({"vendor_data_list": [1], "didit_internal_id_list": [1]}), &both, vec![no_text(1)]),
        (
            json!({ "vendor_data_list": many }),
            &names,
            vec!["Ensure this field has no more than 1000 elements.".to_owned()],
        ),
        (
            json!({"vendor_data_list": many[..1000], "didit_internal_id_list": [one]}),
            &both,
            vec![together.to_owned()],
        ),
    ] {
        let errors = fields.iter().map(|field| ((*field).to_owned(), json!(messages))).collect();
        for uri in [DELETE, RESTORE] {
            api.post(uri, body.clone()).await.assert(400, &errors);
        }
    }
    let most = json!({"vendor_data_list": many[..1000]});
    api.post(DELETE, most).await.assert(200, &json!({"deleted": 0}));
}

#[actix_web::test]
async fn deleted_users_are_listed_newest_first_with_the_end_of_their_retention() {
    let api = Api::new().await;
    for name in ["ada", "bob", "eve", "stays"] {
        api.user(name).await;
    }
    let before = api.get("/v3/users/?search=ada").await.rows().remove(0);
    for name in ["ada", "bob", "eve"] {
        api.delete_users(&[name]).await;
    }
    let pages = api.walk(&format!("{LIST}?limit=2&x=1"), "next").await;
    assert_eq!(pages[0].column("vendor_data"), ["eve", "bob"]);
    assert_eq!(pages[1].column("vendor_data"), ["ada"]);

    let whole = api.get(LIST).await;
    assert_eq!(whole.json()["count"], Value::Null);
    let row = whole.rows().remove(2);
    let deletion = json!({
        "version": 2, "updated_at": row["deleted_at"], "deleted_at": row["deleted_at"],
        "erasable_at": row["erasable_at"], "legal_hold": null,
    });
    assert_eq!(row, with(before, deletion));
    let micros = |name: &str| {
        let time = Timestamp::parse(row[name].as_str().unwrap());
        time.unwrap().unix_micros()
    };
    assert_eq!((micros("erasable_at") - micros("deleted_at")) / 86_400_000_000, 1825);

    for (query, field) in [("limit=0", "limit"), ("cursor=x", "cursor")] {
        let errors = api.get(&format!("{LIST}?{query}")).await.body_of(400);
        assert!(errors[field].is_array(), "{errors}");
    }
    let stranger = api.strangers_key().await;
    for uri in [LIST, &pages[0].link("next").unwrap()] {
        let reply = api.with_key(&stranger, "GET", uri).send().await;
        assert!(!reply.body.contains("ada"), "{}", reply.body);
    }
}

#[actix_web::test]
async fn a_restored_user_is_unchanged_and_emits_an_event() {
    let api = Api::new().await;
    api.create(json!({
        "vendor_data": "ada", "full_name": "Ada", "tags": ["vip"], "metadata": {"a": 1},
    }))
    .await;
    api.patch("/v3/users/ada/", json!({"status": "FLAGGED", "reason": "r"})).await;
    let before = api.get("/v3/users/ada/").await.json();
    let restore = async |names: &[&str], restored: usize, conflicts: &[&str]| {
        let reply = api.post(RESTORE, json!({ "vendor_data_list": names })).await;
        reply.assert(200, &json!({ "restored": restored, "conflicts": conflicts }));
    };
    api.delete_users(&["ada"]).await;
    restore(&["ada", "nobody"], 1, &[]).await;
    let after = api.get("/v3/users/ada/").await.json();
    let changes = json!({"version": 4, "updated_at": after["updated_at"]});
    assert_eq!(after, with(before, changes));
    let events = api.store.events(api.application.id);
    assert_eq!(events.last().unwrap().event.payload, EventPayload::Restored);
    restore(&["ada"], 0, &[]).await;
    api.delete_users(&["ada"]).await;
    api.user("ada").await;
    restore(&["ada"], 0, &["ada"]).await;
}
