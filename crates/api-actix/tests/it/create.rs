//! `POST /v3/users/create/`

use serde_json::{Value, json};

use crate::support::Api;

const URI: &str = "/v3/users/create/";

#[actix_web::test]
async fn answers_the_whole_user() {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": "user-1",
        "display_name": "Ada",
        "full_name": "Ada Lovelace",
        "date_of_birth": "1990-12-10",
        "status": "FLAGGED",
        "metadata": {"b": [1, 2.0], "a": {"x": null}},
        "tags": ["vip"],
        "approved_emails": ["ada@example.org", "ada@example.org"],
        "approved_phones": ["+34 600 000 000"],
        "issuing_states": ["ES", "GBR", "ESP"],
    });
    let reply = api.post(URI, body).await;
    let user = reply.json();
    let (id, tag) = (&user["didit_internal_id"], &user["tags"][0]["uuid"]);
    let at = user["created_at"].clone();
    assert_eq!(at, "2026-01-01T00:00:04.000000Z");
    let declared = json!({"source": "declared", "session_id": null, "verified_at": null});
    reply.assert(
        201,
        &json!({
            "didit_internal_id": id,
            "vendor_data": "user-1",
            "display_name": "Ada",
            "full_name": "Ada Lovelace",
            "date_of_birth": "1990-12-10",
            "effective_name": "Ada",
            "status": "FLAGGED",
            "portrait_image_url": null,
            "session_count": 0,
            "approved_count": 0,
            "declined_count": 0,
            "in_review_count": 0,
            "issuing_states": ["ESP", "GBR"],
            "approved_emails": ["ada@example.org"],
            "approved_phones": ["+34 600 000 000"],
            "features": {},
            "features_list": [],
            "last_session_at": null,
            "first_session_at": null,
            "last_activity_at": at,
            "tags": [{
                "uuid": tag,
                "name": "vip",
                "color": user["tags"][0]["color"],
                "tag": {
                    "uuid": tag,
                    "name": "vip",
                    "color": user["tags"][0]["color"],
                    "description": "",
                    "source": "custom",
                    "created_at": at,
                    "updated_at": at,
                },
                "added_by_email": null,
                "added_by_name": "Test key",
                "created_at": at,
            }],
            "created_at": at,
            "updated_at": at,
            "version": 1,
            "metadata": {"a": {"x": null}, "b": [1, 2.0]},
            "comments": [],
            "legal_hold": null,
            "provenance": {
                "full_name": declared,
                "date_of_birth": declared,
                "portrait_image_url": null,
            },
        }),
    );
    let etag = format!("\"{}-1\"", id.as_str().unwrap());
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("location"), Some("/v3/users/user-1/"));
    assert_eq!(reply.header("x-ignored-fields"), None);
    assert_eq!(api.get("/v3/users/user-1/").await.json(), user);
}

#[actix_web::test]
async fn needs_no_more_than_a_name() {
    let api = Api::new().await;
    let user = api.user("x").await;
    assert_eq!(user["effective_name"], "x");
    assert_eq!(user["status"], "ACTIVE");
    assert_eq!(user["metadata"], json!({}));
    assert_eq!(user["provenance"]["full_name"], Value::Null);
    let nulls = json!({
        "vendor_data": "y", "display_name": null, "full_name": null, "date_of_birth": null, "metadata": null,
        "tags": null, "approved_emails": null, "approved_phones": null, "issuing_states": null, "first_name": null,
        "email": null, "phone_number": null, "country": null,
    });
    assert_eq!(api.post(URI, nulls).await.status, 201);
}

#[actix_web::test]
async fn the_second_of_a_name_is_a_conflict() {
    let api = Api::new().await;
    api.user("user-1").await;
    let taken = json!({"vendor_data": ["A user with this vendor_data already exists."]});
    let again = json!({"vendor_data": "user-1", "display_name": "Other"});
    api.post(URI, again).await.assert(409, &taken);
    assert_eq!(api.user("User-1").await["vendor_data"], "User-1");
}

#[actix_web::test]
async fn every_wrong_field_is_named_at_once() {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": 123,
        "display_name": "x".repeat(256),
        "full_name": "",
        "date_of_birth": "10/12/1990",
        "status": "active",
        "metadata": [],
        "tags": "vip",
        "approved_emails": ["ada", 5],
        "approved_phones": ["1".repeat(33)],
        "issuing_states": ["XX", "ES"],
        "email": "nobody",
        "phone_number": 5,
        "country": "Spain",
    });
    api.post(URI, body).await.assert(
        400,
        &json!({
            "vendor_data": ["Not a valid string."],
            "display_name": ["Ensure this field has no more than 255 characters."],
            "full_name": ["This field may not be blank."],
            "date_of_birth": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
            "status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"],
            "metadata": ["Metadata must be a JSON object."],
            "tags": ["Expected a list of items but got type \"str\"."],
            "approved_emails": ["Item 2: Not a valid string."],
            "approved_phones": ["Item 1: Ensure this field has no more than 32 characters."],
            "issuing_states": [
                "Item 1: Not a valid country. Use an upper-case ISO 3166-1 alpha-3 or alpha-2 code."
            ],
            "email": ["Enter a valid email address."],
            "phone_number": ["Not a valid string."],
            "country": ["Not a valid country. Use an upper-case ISO 3166-1 alpha-3 or alpha-2 code."],
        }),
    );
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn nothing_is_coerced() {
    let api = Api::new().await;
    let number_of_a_date = json!({"date_of_birth": ["Not a valid string."]});
    for (field, value, errors) in [
        ("date_of_birth", json!(19_901_210), number_of_a_date),
        (
            "display_name",
            json!(true),
            json!({"display_name": ["Not a valid string."]}),
        ),
        (
            "display_name",
            json!(["x"]),
            json!({"display_name": ["Not a valid string."]}),
        ),
        (
            "tags",
            json!([["vip"]]),
            json!({"tags": ["Item 1: Not a valid string."]}),
        ),
        (
            "tags",
            json!(false),
            json!({"tags": ["Expected a list of items but got type \"bool\"."]}),
        ),
        (
            "status",
            json!(1),
            json!({"status": ["Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED"]}),
        ),
        (
            "status",
            json!(null),
            json!({"status": ["This field may not be null."]}),
        ),
        (
            "metadata",
            json!("{}"),
            json!({"metadata": ["Metadata must be a JSON object."]}),
        ),
    ] {
        let mut body = json!({"vendor_data": "x"});
        body[field] = value;
        api.post(URI, body).await.assert(400, &errors);
    }
}

#[actix_web::test]
async fn a_name_must_be_there_and_be_free_to_use() {
    let api = Api::new().await;
    let long = "x".repeat(2001);
    for (body, message) in [
        (json!({}), "This field is required."),
        (json!({"vendor_data": null}), "This field may not be null."),
        (json!({"vendor_data": ""}), "This field may not be blank."),
        (
            json!({"vendor_data": long}),
            "Ensure this field has no more than 2000 bytes.",
        ),
        (
            json!({"vendor_data": "a\nb"}),
            "Control characters are not allowed.",
        ),
        (
            json!({"vendor_data": "by-id"}),
            "This value is reserved: it is part of the paths of the API.",
        ),
        (
            json!({"vendor_data": ".."}),
            "This value is reserved: it is part of the paths of the API.",
        ),
    ] {
        api.post(URI, body)
            .await
            .assert(400, &json!({"vendor_data": [message]}));
    }
}

#[actix_web::test]
async fn dates_of_birth_are_real_and_past() {
    let api = Api::new().await;
    for (date, message) in [
        (
            "2025-02-29",
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        ),
        ("1899-12-31", "Date may not be before 1900-01-01."),
        ("2026-01-02", "Date may not be in the future."),
    ] {
        let body = json!({"vendor_data": "x", "date_of_birth": date});
        api.post(URI, body)
            .await
            .assert(400, &json!({"date_of_birth": [message]}));
    }
    let today = json!({"vendor_data": "x", "date_of_birth": "2026-01-01"});
    assert_eq!(api.post(URI, today).await.status, 201);
}

#[actix_web::test]
async fn lists_are_limited_and_older_forms_are_read() {
    let api = Api::new().await;
    let many: Vec<_> = (0..51).map(|index| format!("t{index}")).collect();
    let too_many = json!({"tags": ["Ensure this field has no more than 50 elements."]});
    api.post(URI, json!({"vendor_data": "x", "tags": many}))
        .await
        .assert(400, &too_many);

    let objects = json!({
        "vendor_data": "x",
        "tags": {"b": true, "a": {}},
        "approved_emails": {"a@example.org": {"verified": true}},
        "approved_phones": {"+1": null},
        "issuing_states": {"ES": 1},
    });
    let user = api.post(URI, objects).await.json();
    let names = |user: &Value| {
        [
            user["tags"][0]["name"].clone(),
            user["tags"][1]["name"].clone(),
        ]
    };
    assert_eq!(names(&user), ["a", "b"]);
    assert_eq!(user["approved_emails"], json!(["a@example.org"]));
    assert_eq!(user["approved_phones"], json!(["+1"]));
    assert_eq!(user["issuing_states"], json!(["ESP"]));

    let shown = json!({"vendor_data": "y", "tags": user["tags"]});
    assert_eq!(names(&api.post(URI, shown).await.json()), ["a", "b"]);
    let nameless = json!({"vendor_data": "z", "tags": [{"uuid": "1"}]});
    let reply = api.post(URI, nameless).await;
    reply.assert(400, &json!({"tags": ["Item 1: Not a valid string."]}));
}

#[actix_web::test]
async fn a_name_in_two_parts_is_joined() {
    let api = Api::new().await;
    for (index, (body, full_name, ignored)) in [
        (
            json!({"first_name": "Ada", "last_name": "Lovelace"}),
            "Ada Lovelace",
            None,
        ),
        (json!({"last_name": "Lovelace"}), "Lovelace", None),
        (
            json!({"full_name": "A L", "first_name": "Ada"}),
            "A L",
            Some("first_name"),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = body;
        body["vendor_data"] = json!(format!("user-{index}"));
        let reply = api.post(URI, body).await;
        assert_eq!(reply.json()["full_name"], full_name);
        assert_eq!(reply.header("x-ignored-fields"), ignored);
    }
    let body =
        json!({"vendor_data": "x", "first_name": "a".repeat(256), "last_name": "b".repeat(255)});
    let too_long = json!({"first_name": ["Ensure this field has no more than 255 characters."]});
    api.post(URI, body).await.assert(400, &too_long);
}

#[actix_web::test]
async fn ways_to_reach_a_person_are_kept_in_the_metadata() {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": "x",
        "email": "ada@example.org",
        "phone_number": "+34 600",
        "country": "ES",
        "metadata": {"contact": {"email": "old@example.org", "fax": "1"}, "plan": "gold"},
    });
    let user = api.post(URI, body).await.json();
    assert_eq!(
        user["metadata"],
        json!({
            "contact": {"email": "ada@example.org", "fax": "1", "phone_number": "+34 600"},
            "address": {"country": "ES"},
            "plan": "gold",
        })
    );
    let body = json!({
        "vendor_data": "y", "email": "ada@example.org", "country": "ES", "metadata": {"contact": "x", "address": null},
    });
    let message = |group| {
        format!(
            "This field is kept in metadata.{group}, which is sent as something else than an object."
        )
    };
    let errors = json!({"email": [message("contact")], "country": [message("address")]});
    api.post(URI, body).await.assert(400, &errors);
}

#[actix_web::test]
async fn metadata_is_limited_in_size_depth_and_numbers() {
    let api = Api::new().await;
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let with = |metadata: &str| format!("{{\"vendor_data\":\"x\",\"metadata\":{metadata}}}");
    let number =
        "Number out of range. Use integers within ±2^53 and decimals of at most 32 characters.";
    for (metadata, message) in [
        (
            nested(17),
            "Ensure this field is nested no deeper than 16 levels.",
        ),
        (
            format!("{{\"a\":\"{}\"}}", "x".repeat(65_529)),
            "Ensure this field has no more than 65536 bytes.",
        ),
        ("{\"a\":1e131000}".to_owned(), number),
        ("{\"a\":[{\"b\":9007199254740993}]}".to_owned(), number),
        ("{\"a\":99999999999999999999}".to_owned(), number),
        ("{\"a\":1e-31}".to_owned(), number),
    ] {
        let reply = api.call("POST", URI).text(&with(&metadata)).send().await;
        reply.assert(400, &json!({"metadata": [message]}));
    }
    for (name, metadata) in [
        ("a", nested(16)),
        ("b", format!("{{\"a\":\"{}\"}}", "x".repeat(65_528))),
        ("c", "{\"a\":[9007199254740992,-0.0,1e21]}".to_owned()),
    ] {
        let text = with(&metadata).replace("\"x\",", &format!("\"{name}\","));
        let reply = api.call("POST", URI).text(&text).send().await;
        assert_eq!(reply.status, 201, "{}", reply.body);
    }
    let stored = api.get("/v3/users/c/").await;
    assert!(
        stored
            .body
            .contains("{\"a\":[9007199254740992,0.0,1000000000000000000000.0]}")
    );
}

#[actix_web::test]
async fn what_nobody_reads_is_named() {
    let api = Api::new().await;
    let body =
        json!({"vendor_data": "x", "displayname": "Ada", "é": 1, "version": 7, "n": {"a": 1}});
    let reply = api
        .post("/v3/users/create/?dry_run=1&dry_run=2", body)
        .await;
    assert_eq!(reply.status, 201);
    assert_eq!(
        reply.header("x-ignored-fields"),
        Some("dry_run, displayname, n, version, %C3%A9")
    );
}
