//! Tests of the validation of the fields of `POST /v3/users/create/`.

use serde_json::{Value, json};

use crate::support::{Api, Reply, with};

const URI: &str = "/v3/users/create/";

async fn create(api: &Api, more: Value) -> Reply {
    api.post(URI, with(json!({"vendor_data": "x"}), more)).await
}

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
    let no_country = "Not a valid country. Use a code of ISO 3166-1 or of ICAO 9303-3 section 5.";
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
            "issuing_states": [format!("Item 1: {no_country}")],
            "email": ["Enter a valid email address."],
            "phone_number": ["Not a valid string."],
            "country": [no_country],
        }),
    );
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn invalid_values_have_specific_messages() {
    const STATUS: &str = "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";
    const NULL: &str = "This field may not be null.";
    const NO_TEXT: &str = "Not a valid string.";
    const RESERVED: &str = "This value is reserved: it is part of the paths of the API.";
    let api = Api::new().await;
    let required = json!({"vendor_data": ["This field is required."]});
    api.post(URI, json!({})).await.assert(400, &required);
    let many: Vec<_> = (0..51).map(|index| format!("t{index}")).collect();
    let long = "x".repeat(2001);
    for (field, value, message) in [
        ("vendor_data", json!(null), NULL),
        ("vendor_data", json!(""), "This field may not be blank."),
        ("vendor_data", json!(long), "Ensure this field has no more than 2000 bytes."),
        ("vendor_data", json!("a\nb"), "Control characters are not allowed."),
        ("vendor_data", json!("by-id"), RESERVED),
        ("vendor_data", json!(".."), RESERVED),
        ("date_of_birth", json!(19_901_210), NO_TEXT),
        (
            "date_of_birth",
            json!("2025-02-29"),
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        ),
        ("date_of_birth", json!("1899-12-31"), "Date may not be before 1900-01-01."),
        ("date_of_birth", json!("2026-01-02"), "Date may not be in the future."),
        ("display_name", json!(true), NO_TEXT),
        ("display_name", json!(["x"]), NO_TEXT),
        ("tags", json!([["vip"]]), "Item 1: Not a valid string."),
        ("tags", json!(false), "Expected a list of items but got type \"bool\"."),
        ("tags", json!(many), "Ensure this field has no more than 50 elements."),
        ("tags", json!([{"uuid": "1"}]), "Item 1: Expected a name, or an object with a name."),
        ("status", json!(1), STATUS),
        ("status", json!(null), NULL),
        ("metadata", json!("{}"), "Metadata must be a JSON object."),
        ("approved_emails", json!(["a@x.org;b@x.org"]), "Item 1: Enter a valid email address."),
    ] {
        let reply = create(&api, json!({ field: value })).await;
        reply.assert(400, &json!({ field: [message] }));
    }
    create(&api, json!({"date_of_birth": "2026-01-01"})).await.body_of(201);
}

#[actix_web::test]
async fn lists_accept_older_forms_and_spellings_of_one_address_are_stored_once() {
    let api = Api::new().await;
    let objects = json!({
        "tags": {"b": true, "a": {}},
        "approved_emails": {"a@example.org": {"verified": true}},
        "approved_phones": {"+1": null},
        "issuing_states": {"ES": 1},
    });
    let user = create(&api, objects).await.body_of(201);
    let names = |user: &Value| [user["tags"][0]["name"].clone(), user["tags"][1]["name"].clone()];
    assert_eq!(names(&user), ["a", "b"]);
    assert_eq!(user["approved_emails"], json!(["a@example.org"]));
    assert_eq!(user["approved_phones"], json!(["+1"]));
    assert_eq!(user["issuing_states"], json!(["ESP"]));

    let emails = ["Jane@x.org", "jane@x.org", "j@x.org"];
    let shown = json!({"vendor_data": "y", "tags": user["tags"], "approved_emails": emails});
    let user = create(&api, shown).await.body_of(201);
    assert_eq!(names(&user), ["a", "b"]);
    assert_eq!(user["approved_emails"], json!(["Jane@x.org", "j@x.org"]));
}

#[actix_web::test]
async fn metadata_is_limited_in_size_depth_and_numbers() {
    const NUMBER: &str =
        "Number out of range. Use integers within ±2^53 and decimals of at most 32 characters.";
    let api = Api::new().await;
    let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let long = |bytes| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
    let create = |name: &str, metadata: &str| {
        let body = format!("{{\"vendor_data\":\"{name}\",\"metadata\":{metadata}}}");
        api.call("POST", URI).text(&body).send()
    };
    for (metadata, message) in [
        (&*nested(17), "Ensure this field is nested no deeper than 16 levels."),
        (&long(65_529), "Ensure this field has no more than 65536 bytes."),
        ("{\"a\":1e131000}", NUMBER),
        ("{\"a\":[{\"b\":9007199254740993}]}", NUMBER),
        ("{\"a\":99999999999999999999}", NUMBER),
        ("{\"a\":1e-31}", NUMBER),
    ] {
        create("x", metadata).await.assert(400, &json!({"metadata": [message]}));
    }
    for (name, metadata) in
        [("a", &*nested(16)), ("b", &long(65_528)), ("c", "{\"a\":[9007199254740992,-0.0,1e21]}")]
    {
        create(name, metadata).await.body_of(201);
    }
    let stored = api.get("/v3/users/c/").await;
    assert!(stored.body.contains("{\"a\":[9007199254740992,0.0,1000000000000000000000.0]}"));
}

#[actix_web::test]
async fn a_full_name_is_built_from_the_parts_without_one() {
    let api = Api::new().await;
    for (body, name, ignored) in [
        (json!({"first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"last_name": "L"}), "L", None),
        (json!({"full_name": "A L", "first_name": "Ada"}), "A L", Some("first_name")),
        (json!({"full_name": null, "first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"full_name": "", "first_name": "Ada", "last_name": "L"}), "Ada L", None),
        (json!({"first_name": "Suharto", "last_name": ""}), "Suharto", None),
        (json!({"full_name": null, "first_name": null, "last_name": "L"}), "L", None),
        (json!({"full_name": "Ada L", "first_name": "", "last_name": null}), "Ada L", None),
    ] {
        let created = create(&api, body.clone()).await;
        assert_eq!(created.body_of(201)["full_name"], name, "{body}");
        assert_eq!(created.ignored(), ignored, "{body}");
        api.delete_users(&["x"]).await;
    }
    let long = json!({"first_name": "a".repeat(256), "last_name": "b".repeat(255)});
    let too_long = json!({"first_name": ["Ensure this field has no more than 255 characters."]});
    create(&api, long).await.assert(400, &too_long);
}
