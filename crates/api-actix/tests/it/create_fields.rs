//! Tests of the validation of the fields of `POST /v3/users/create/`.

use serde_json::{Value, json};

use crate::support::Api;

const URI: &str = "/v3/users/create/";

#[actix_web::test]
async fn every_wrong_field_is_named_at_once() {
    let api = Api::new().await;
    let body = json!({
        "vendor_data": 123,
        "display_name": "x".repeat(256),
        "full_name": " ",
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
            "approved_emails": ["Item 1: Enter a valid email address.", "Item 2: Not a valid string."],
            "approved_phones": ["Item 1: Ensure this field has no more than 32 characters."],
            "issuing_states": [
                "Item 1: Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5."
            ],
            "email": ["Enter a valid email address."],
            "phone_number": ["Not a valid string."],
            "country": ["Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5."],
        }),
    );
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn nothing_is_coerced() {
    let api = Api::new().await;
    let not_a_string = json!({"date_of_birth": ["Not a valid string."]});
    for (field, value, errors) in [
        ("date_of_birth", json!(19_901_210), not_a_string),
        ("display_name", json!(true), json!({"display_name": ["Not a valid string."]})),
        ("display_name", json!(["x"]), json!({"display_name": ["Not a valid string."]})),
        ("tags", json!([["vip"]]), json!({"tags": ["Item 1: Not a valid string."]})),
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
        ("status", json!(null), json!({"status": ["This field may not be null."]})),
        ("metadata", json!("{}"), json!({"metadata": ["Metadata must be a JSON object."]})),
    ] {
        let mut body = json!({"vendor_data": "x"});
        body[field] = value;
        api.post(URI, body).await.assert(400, &errors);
    }
}

#[actix_web::test]
async fn a_name_is_required_and_must_not_be_reserved() {
    let api = Api::new().await;
    let long = "x".repeat(2001);
    for (body, message) in [
        (json!({}), "This field is required."),
        (json!({"vendor_data": null}), "This field may not be null."),
        (json!({"vendor_data": ""}), "This field may not be blank."),
        (json!({"vendor_data": long}), "Ensure this field has no more than 2000 bytes."),
        (json!({"vendor_data": "a\nb"}), "Control characters are not allowed."),
        (
            json!({"vendor_data": "by-id"}),
            "This value is reserved: it is part of the paths of the API.",
        ),
        (
            json!({"vendor_data": ".."}),
            "This value is reserved: it is part of the paths of the API.",
        ),
    ] {
        api.post(URI, body).await.assert(400, &json!({"vendor_data": [message]}));
    }
}

#[actix_web::test]
async fn dates_of_birth_must_exist_and_not_be_in_the_future() {
    let api = Api::new().await;
    for (date, message) in [
        ("2025-02-29", "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."),
        ("1899-12-31", "Date may not be before 1900-01-01."),
        ("2026-01-02", "Date may not be in the future."),
    ] {
        let body = json!({"vendor_data": "x", "date_of_birth": date});
        api.post(URI, body).await.assert(400, &json!({"date_of_birth": [message]}));
    }
    let today = json!({"vendor_data": "x", "date_of_birth": "2026-01-01"});
    assert_eq!(api.post(URI, today).await.status, 201);
}

#[actix_web::test]
async fn lists_are_limited_and_older_forms_are_accepted() {
    let api = Api::new().await;
    let many: Vec<_> = (0..51).map(|index| format!("t{index}")).collect();
    let too_many = json!({"tags": ["Ensure this field has no more than 50 elements."]});
    api.post(URI, json!({"vendor_data": "x", "tags": many})).await.assert(400, &too_many);

    let objects = json!({
        "vendor_data": "x",
        "tags": {"b": true, "a": {}},
        "approved_emails": {"a@example.org": {"verified": true}},
        "approved_phones": {"+1": null},
        "issuing_states": {"ES": 1},
    });
    let user = api.post(URI, objects).await.json();
    let names = |user: &Value| [user["tags"][0]["name"].clone(), user["tags"][1]["name"].clone()];
    assert_eq!(names(&user), ["a", "b"]);
    assert_eq!(user["approved_emails"], json!(["a@example.org"]));
    assert_eq!(user["approved_phones"], json!(["+1"]));
    assert_eq!(user["issuing_states"], json!(["ESP"]));

    let shown = json!({"vendor_data": "y", "tags": user["tags"]});
    assert_eq!(names(&api.post(URI, shown).await.json()), ["a", "b"]);
    let nameless = json!({"vendor_data": "z", "tags": [{"uuid": "1"}]});
    let reply = api.post(URI, nameless).await;
    let message = "Item 1: Expected a name, or an object with a name.";
    reply.assert(400, &json!({"tags": [message]}));
}

#[actix_web::test]
async fn metadata_is_limited_in_size_depth_and_numbers() {
    let api = Api::new().await;
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let with = |metadata: &str| format!("{{\"vendor_data\":\"x\",\"metadata\":{metadata}}}");
    let number =
        "Number out of range. Use integers within ±2^53 and decimals of at most 32 characters.";
    for (metadata, message) in [
        (nested(17), "Ensure this field is nested no deeper than 16 levels."),
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
    assert!(stored.body.contains("{\"a\":[9007199254740992,0.0,1000000000000000000000.0]}"));
}

#[actix_web::test]
async fn a_full_name_is_built_from_the_parts_without_one() {
    let api = Api::new().await;
    for (number, (body, name, ignored)) in [
        (json!({"first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"last_name": "L"}), "L", None),
        (json!({"full_name": "A L", "first_name": "Ada"}), "A L", Some("first_name")),
        (json!({"full_name": null, "first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"full_name": "", "first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"first_name": "Suharto", "last_name": ""}), "Suharto", None),
        (json!({"full_name": null, "first_name": null, "last_name": "L"}), "L", None),
        (json!({"full_name": "Ada L", "first_name": "", "last_name": null}), "Ada L", None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = body;
        body["vendor_data"] = json!(format!("u{number}"));
        let created = api.post(URI, body).await;
        assert_eq!(created.json()["full_name"], name, "{}", created.body);
        assert_eq!(created.header("x-ignored-fields"), ignored, "{name}");
    }
    let body =
        json!({"vendor_data": "x", "first_name": "a".repeat(256), "last_name": "b".repeat(255)});
    let too_long = json!({"first_name": ["Ensure this field has no more than 255 characters."]});
    api.post(URI, body).await.assert(400, &too_long);
}

#[actix_web::test]
async fn spellings_of_one_address_are_stored_once() {
    let api = Api::new().await;
    let body =
        json!({"vendor_data": "a", "approved_emails": ["Jane@x.org", "jane@x.org", "j@x.org"]});
    let created = api.post(URI, body).await.json();
    assert_eq!(created["approved_emails"], json!(["Jane@x.org", "j@x.org"]));
    let body = json!({"vendor_data": "b", "approved_emails": ["a@x.org;b@x.org"]});
    assert_eq!(api.post(URI, body).await.status, 400);
}
