//! Tests of bodies that exceed the counts of items: they are refused early with a short error.

use serde_json::json;
use users_domain::model::KeyKind;

use crate::internal::{SESSIONS, session};
use crate::support::Api;

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
    let report = session(json!({"status": "Declined"})).to_string();
    let report = report.trim_end_matches('}');
    let (create, delete) = ("/v3/users/create/", "/v3/users/delete/");
    for (uri, start, items, end, message) in [
        (delete, "{\"didit_internal_id_list\":[", many(2_000_000, "1"), "]}", too_many(1000)),
        (delete, "{\"vendor_data_list\":[", many(1_000_000, "\"x\""), "]}", too_many(1000)),
        (
            delete,
            "{\"a\":{",
            members.join(","),
            "}}",
            "Ensure an object has no more than 10923 members.".to_owned(),
        ),
        (delete, "{", members[..10_000].join(","), "}", "And 9960 more errors.".to_owned()),
        (create, "{\"tags\":[", many(60_000, "\"a\""), "]}", too_many(50)),
        (
            create,
            "{\"metadata\":{\"a\":[",
            many(100_000, "1"),
            "]}}",
            "Ensure this field has no more than 65536 bytes.".to_owned(),
        ),
        (
            SESSIONS,
            &format!("{report},\"approved_emails\":["),
            many(1_000_000, "1"),
            "]}",
            "\"dropped\":[\"approved_emails\"]".to_owned(),
        ),
        (
            SESSIONS,
            "[",
            many(1_000_000, "1"),
            "]",
            "Ensure the body has no more than 500 items.".to_owned(),
        ),
        // Independent of other fields, a list that is not used is not checked.
        (
            delete,
            "{\"delete_all\":true,\"vendor_data_list\":[",
            many(1_000_000, "1"),
            "]}",
            "{\"deleted\":1}".to_owned(),
        ),
    ] {
        let key = if uri == SESSIONS { &service } else { &api.owner };
        let body = start.to_owned() + &items + end;
        let reply = api.with_key(key, "POST", uri).text(&body).send().await;
        assert!(reply.body.contains(&message), "{uri} {start}: {reply:?}");
        assert!(reply.body.len() < 4096, "{uri} {start}: {reply:?}");
    }
}
