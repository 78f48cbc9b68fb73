//! Tests of bodies that exceed the counts of items: they are refused early with a short error.

use serde_json::json;
use users_domain::model::KeyKind;

use crate::support::{Api, Reply};

fn many(times: usize, item: &str) -> String {
    vec![item; times].join(",")
}

/// The bodies have the maximum size.
#[actix_web::test]
async fn counts_are_limited_and_the_error_is_short() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    let too_many = |max: usize| format!("Ensure this field has no more than {max} elements.");
    let members: Vec<_> = (0..370_000).map(|key| format!("\"{key:x}\":1")).collect();
    let (create, delete, sessions) =
        ("/v3/users/create/", "/v3/users/delete/", "/internal/v1/session-events/");
    for (uri, body, message) in [
        (
            delete,
            format!("{{\"didit_internal_id_list\":[{}]}}", many(2_000_000, "1")),
            too_many(1000),
        ),
        (
            delete,
            format!("{{\"vendor_data_list\":[{}]}}", many(1_000_000, "\"x\"")),
            too_many(1000),
        ),
        (
            delete,
            format!("{{\"a\":{{{}}}}}", members.join(",")),
            "Ensure an object has no more than 10923 members.".to_owned(),
        ),
        (
            delete,
            format!("{{{}}}", members[..10_000].join(",")),
            "And 9960 more errors.".to_owned(),
        ),
        (
            create,
            format!("{{\"vendor_data\":\"q\",\"tags\":[{}]}}", many(60_000, "\"a\"")),
            too_many(50),
        ),
        (
            create,
            format!("{{\"vendor_data\":\"q\",\"metadata\":{{\"a\":[{}]}}}}", many(100_000, "1")),
            "Ensure this field has no more than 65536 bytes.".to_owned(),
        ),
        (
            sessions,
            format!(
                "{{\"session_id\":\"s\",\"vendor_data\":\"q\",\"revision\":1,\"status\":\"Declined\",\
                 \"occurred_at\":\"2025-01-01T00:00:00Z\",\"approved_emails\":[{}]}}",
                many(1_000_000, "1")
            ),
            "\"dropped\":[\"approved_emails\"]".to_owned(),
        ),
        (
            sessions,
            format!("[{}]", many(1_000_000, "1")),
            "Ensure the body has no more than 500 items.".to_owned(),
        ),
    ] {
        let key = if uri == sessions { &service } else { &api.owner };
        let call = api.with_key(key, "POST", uri);
        let reply = call.text(&body).send().await;
        assert!(reply.body.contains(&message), "{uri} {}: {reply:?}", body.len());
        assert!(reply.body.len() < 4096, "{uri} {}: {reply:?}", body.len());
    }
}

#[actix_web::test]
async fn the_first_wrong_items_are_named_and_the_others_counted() {
    let api = Api::new().await;
    let wrong: Reply =
        api.post("/v3/users/delete/", json!({"vendor_data_list": vec![1; 1000]})).await;
    assert_eq!(wrong.status, 400);
    let errors = &wrong.json()["vendor_data_list"];
    assert_eq!(errors[0], "Item 1: Not a valid string.");
    assert_eq!(errors[9], "Item 10: Not a valid string.");
    assert_eq!(errors[10], "And 990 more errors.");
    assert_eq!(errors[11], json!(null));
}

/// Independent of other fields and of the size of the list.
#[actix_web::test]
async fn a_list_that_is_not_used_is_not_checked() {
    let api = Api::new().await;
    api.user("ada").await;
    let body = format!("{{\"delete_all\":true,\"vendor_data_list\":[{}]}}", many(1_000_000, "1"));
    let call = api.call("POST", "/v3/users/delete/").text(&body);
    call.send().await.assert(200, &json!({"deleted": 1}));
}
