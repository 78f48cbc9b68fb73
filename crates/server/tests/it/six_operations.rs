//! Test of the rows that each of the six operations writes.

use std::fs;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;

use crate::process::{ScratchDir, Server};

#[derive(QueryableByName, PartialEq, Debug)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    users: i64,
    #[diesel(sql_type = BigInt)]
    audit_entries: i64,
    #[diesel(sql_type = BigInt)]
    audit_details: i64,
    #[diesel(sql_type = BigInt)]
    events: i64,
}

/// Counts the rows of users, without the audit entries of keys.
fn rows(database: &mut PgConnection) -> [i64; 4] {
    let counted: Rows = diesel::sql_query(
        "WITH entries AS (SELECT id FROM audit_entries WHERE user_id IS NOT NULL) \
         SELECT (SELECT count(*) FROM users WHERE deleted_at IS NULL) AS users, \
         (SELECT count(*) FROM entries) AS audit_entries, \
         (SELECT count(*) FROM audit_details WHERE entry_id IN (SELECT id FROM entries)) AS audit_details, \
         (SELECT count(*) FROM events) AS events",
    )
    .get_result(database)
    .unwrap();
    [
        counted.users,
        counted.audit_entries,
        counted.audit_details,
        counted.events,
    ]
}

#[test]
fn each_operation_writes_its_rows() {
    let dir = ScratchDir::new();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    let client = server.client(&server.first_key());
    let urls = fs::read_to_string(dir.path().join("connection")).unwrap();
    let mut database = PgConnection::establish(urls.lines().next().unwrap()).unwrap();
    assert_eq!(rows(&mut database), [0, 0, 0, 0]);

    let created = client.post(
        "/v3/users/create/",
        &json!({"vendor_data": "user/1", "full_name": "Ada Lovelace", "metadata": {"tier": "gold"}, "tags": ["vip"]}),
    );
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(rows(&mut database), [1, 1, 1, 1]);

    let found = client.get("/v3/users/user%2F1/");
    assert_eq!((found.status, found.json()), (200, created.json()));
    assert_eq!(found.header("etag"), created.header("etag"));

    let page = client
        .get("/v3/users/?search=lovelace&tag=vip&metadata.tier=gold")
        .json();
    assert_eq!(
        (&page["count"], &page["results"][0]["vendor_data"]),
        (&json!(1), &json!("user/1"))
    );
    assert_eq!(rows(&mut database), [1, 1, 1, 1], "reading writes nothing");

    let edited = client.patch(
        "/v3/users/user%2F1/",
        &json!({"display_name": "Ada", "session_count": 7}),
    );
    assert_eq!(
        (edited.status, &edited.json()["version"]),
        (200, &json!(2)),
        "{}",
        edited.body
    );
    assert_eq!(edited.header("x-ignored-fields"), Some("session_count"));
    assert_eq!(
        rows(&mut database),
        [1, 3, 3, 2],
        "the edit, and an entry for the ignored field"
    );

    let flagged = client.patch(
        "/v3/users/user%2F1/update-status/",
        &json!({"status": "FLAGGED", "reason": "odd"}),
    );
    assert_eq!(
        (flagged.status, &flagged.json()["status"]),
        (200, &json!("FLAGGED"))
    );
    assert_eq!(flagged.json()["comments"][0]["comment"], json!("odd"));
    assert_eq!(rows(&mut database), [1, 4, 4, 3]);

    let again = client.patch(
        "/v3/users/user%2F1/update-status/",
        &json!({"status": "FLAGGED"}),
    );
    assert_eq!((again.status, again.json()), (200, flagged.json()));
    assert_eq!(
        rows(&mut database),
        [1, 4, 4, 3],
        "no change writes nothing"
    );

    let deleted = client.post(
        "/v3/users/delete/",
        &json!({"vendor_data_list": ["user/1", "nobody"]}),
    );
    assert_eq!(
        (deleted.status, deleted.json()),
        (200, json!({"deleted": 1}))
    );
    assert_eq!(rows(&mut database), [0, 5, 5, 4]);
    assert_eq!(client.get("/v3/users/user%2F1/").status, 404);

    let recreated = client.post("/v3/users/create/", &json!({"vendor_data": "user/1"}));
    assert_eq!(recreated.status, 201, "the name is free again");
    assert_ne!(
        recreated.json()["didit_internal_id"],
        created.json()["didit_internal_id"]
    );
    assert!(server.stop().success());
}
