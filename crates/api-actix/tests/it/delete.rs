//! Tests of `POST /v3/users/delete/`.

use serde_json::{Value, json};

use crate::support::Api;

const URI: &str = "/v3/users/delete/";

async fn count(api: &Api) -> usize {
    api.get("/v3/users/").await.json()["results"].as_array().unwrap().len()
}

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
    api.post(URI, body.clone()).await.assert(200, &json!({"deleted": 3}));
    api.post(URI, body).await.assert(200, &json!({"deleted": 0}));
    for name in ["a", "b", "c"] {
        assert_eq!(api.get(&format!("/v3/users/{name}/")).await.status, 404);
    }
    assert_eq!(count(&api).await, 1);
    assert_ne!(api.user("a").await["didit_internal_id"], ids[0]);
}

#[actix_web::test]
async fn a_call_without_users_is_refused() {
    let api = Api::new().await;
    let error = json!(["Provide vendor_data_list or set delete_all=true."]);
    for body in [
        json!({}),
        json!({"delete_all": false}),
        json!({"delete_all": null, "vendor_data_list": null}),
        json!({"vendor_data_list": [], "didit_internal_id_list": []}),
    ] {
        api.post(URI, body).await.assert(400, &error);
    }
}

#[actix_web::test]
async fn wrong_types_are_field_errors() {
    let api = Api::new().await;
    let errors = |field: &str, message: &str| json!({field: [message]});
    let a_thousand: Vec<_> = (0..1000).map(|index| format!("u{index}")).collect();
    let mut too_many = a_thousand.clone();
    too_many.push("u1000".to_owned());
    let one: Value = json!(["0190a1b2-0000-7000-8000-000000000001"]);
    let together = "Ensure both lists together have no more than 1000 elements.";
    for (body, expected) in [
        (json!({"delete_all": "true"}), errors("delete_all", "Must be a valid boolean.")),
        (json!({"delete_all": 1}), errors("delete_all", "Must be a valid boolean.")),
        (
            json!({"vendor_data_list": "a"}),
            errors("vendor_data_list", "Expected a list of items but got type \"str\"."),
        ),
        (
            json!({"vendor_data_list": {"a": 1}}),
            errors("vendor_data_list", "Expected a list of items but got type \"dict\"."),
        ),
        (
            json!({"vendor_data_list": ["a", 1]}),
            errors("vendor_data_list", "Item 2: Not a valid string."),
        ),
        (
            json!({"vendor_data_list": [1], "didit_internal_id_list": [1, "x"]}),
            json!({
                "vendor_data_list": ["Item 1: Not a valid string."],
                "didit_internal_id_list": ["Item 1: Not a valid string.", "Item 2: Must be a valid UUID."],
            }),
        ),
        (
            json!({"didit_internal_id_list": ["x"]}),
            errors("didit_internal_id_list", "Item 1: Must be a valid UUID."),
        ),
        (
            json!({"vendor_data_list": too_many}),
            errors("vendor_data_list", "Ensure this field has no more than 1000 elements."),
        ),
        (
            json!({"vendor_data_list": a_thousand, "didit_internal_id_list": one}),
            json!({"vendor_data_list": [together], "didit_internal_id_list": [together]}),
        ),
    ] {
        api.post(URI, body).await.assert(400, &expected);
    }
    api.post(URI, json!({"vendor_data_list": a_thousand}))
        .await
        .assert(200, &json!({"deleted": 0}));
}
