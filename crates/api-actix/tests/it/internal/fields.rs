//! Tests of field errors: all errors of an item are reported at once.

use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

const REQUIRED: &str = "This field is required.";

async fn errors(api: &Api, uri: &str, item: &Value) -> Value {
    let reply = api.report(uri, &json!([item])).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let results = reply.json();
    let result = &results["results"][0];
    assert_eq!(result["outcome"], "error", "{item}");
    assert_eq!(result.as_object().unwrap().len(), 2, "{result}");
    result["errors"].clone()
}

#[actix_web::test]
async fn missing_fields_are_reported() {
    let api = Api::new().await;
    for (uri, fields) in [
        (SESSIONS, &["session_id", "vendor_data", "revision", "status", "occurred_at"][..]),
        (TRANSACTIONS, &["transaction_id", "vendor_data", "revision", "status", "occurred_at"]),
        (RISKS, &["event_id", "vendor_data", "kind"]),
    ] {
        let all_with = |text: &'static str| {
            let errors = fields.iter().map(|field| ((*field).to_owned(), json!([text])));
            Value::Object(errors.collect())
        };
        assert_eq!(errors(&api, uri, &json!({})).await, all_with(REQUIRED));
        let nulls = fields.iter().map(|field| ((*field).to_owned(), Value::Null));
        let nulls = Value::Object(nulls.collect());
        let expected = all_with("This field may not be null.");
        assert_eq!(errors(&api, uri, &nulls).await, expected);
    }
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn nothing_is_coerced() {
    let api = Api::new().await;
    let text = json!(["Not a valid string."]);
    let integer = json!(["A valid integer is required."]);
    let item = json!({
        "session_id": 1, "vendor_data": true, "revision": "1", "status": 7, "occurred_at": 1_767_225_600,
        "features": ["AML"], "approved_emails": "a@example.org",
    });
    assert_eq!(
        errors(&api, SESSIONS, &item).await,
        json!({
            "session_id": text, "vendor_data": text, "revision": integer,
            "status": ["\"7\" is not a valid choice."], "occurred_at": text,
        }),
        "required fields only"
    );
    for revision in [json!(1.0), json!(true), json!([1]), json!({})] {
        let item = transaction(json!({"revision": revision, "rule_actions": "flag"}));
        assert_eq!(errors(&api, TRANSACTIONS, &item).await, json!({ "revision": integer }));
    }
    assert_eq!(
        errors(&api, RISKS, &risk(json!({"kind": false, "detail": 7}))).await,
        json!({"kind": ["\"false\" is not a valid choice."]})
    );
}

#[actix_web::test]
async fn invalid_values_are_reported() {
    let api = Api::new().await;
    let long = "x".repeat(129);
    let range = "Ensure this value is between 1 and 9007199254740992.";
    for (field, value, message) in [
        ("session_id", json!(""), "This field may not be blank."),
        ("session_id", json!(long), "Ensure this field has no more than 128 characters."),
        ("session_id", json!("a\nb"), "Control characters are not allowed."),
        (
            "vendor_data",
            json!("create"),
            "This value is reserved: it is part of the paths of the API.",
        ),
        ("vendor_data", json!(".."), "This value is reserved: it is part of the paths of the API."),
        ("vendor_data", json!("x".repeat(2001)), "Ensure this field has no more than 2000 bytes."),
        ("revision", json!(0), range),
        ("revision", json!(-7), range),
        ("revision", json!(9_007_199_254_740_993_u64), "A valid integer is required."),
        ("status", json!("approved"), "\"approved\" is not a valid choice."),
        ("status", json!(""), "\"\" is not a valid choice."),
        (
            "occurred_at",
            json!("2026-01-01"),
            "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.",
        ),
        (
            "occurred_at",
            json!("1899-12-31T23:59:59.999999Z"),
            "Datetime may not be before 1900-01-01T00:00:00Z.",
        ),
        (
            "occurred_at",
            json!("0000-01-01T00:00:00Z"),
            "Datetime may not be before 1900-01-01T00:00:00Z.",
        ),
    ] {
        let item = session(json!({ field: value }));
        let errors = errors(&api, SESSIONS, &item).await;
        assert_eq!(errors, json!({ field: [message] }), "{item}");
    }
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn unusable_values_are_named_by_their_path() {
    let api = Api::new().await;
    let item = session(json!({
        "status": "Approved", "occurred_at": "2026-01-02T00:00:00Z",
        "features": {"AML": "Done", "LIVENESS": null, "NFC": "Approved", "SMELL": "Approved"},
        "identity": {
            "full_name": " ", "date_of_birth": "1899-12-31", "issuing_state": "UTO", "portrait_image_url": "ftp://h/x",
        },
        "approved_emails": ["a@example.org", "no address", 7],
        "approved_phones": [""],
    }));
    assert_eq!(
        api.reported(SESSIONS, &item).await["dropped"],
        json!([
            "approved_emails",
            "approved_phones",
            "features.AML",
            "features.LIVENESS",
            "features.SMELL",
            "identity.date_of_birth",
            "identity.full_name",
            "identity.issuing_state",
            "identity.portrait_image_url",
            "occurred_at",
        ])
    );
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(user["features"], json!({"NFC": "Approved"}));
    assert_eq!(user["approved_emails"], json!(["a@example.org"]));
}

#[actix_web::test]
async fn list_entries_beyond_the_limit_are_not_checked() {
    let api = Api::new().await;
    let emails: Vec<_> = (0..51).map(|index| format!("a{index}@example.org")).collect();
    let phones: Vec<_> = (0..51).map(|index| format!("+49 30 {index}")).collect();
    let item = session(
        json!({"status": "Approved", "approved_emails": emails, "approved_phones": phones}),
    );
    let dropped = json!(["approved_emails", "approved_phones"]);
    assert_eq!(api.reported(SESSIONS, &item).await["dropped"], dropped);
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(user["approved_emails"], json!(emails[..50]));
    assert_eq!(user["approved_phones"], json!(phones[..50]));
}

#[actix_web::test]
async fn items_that_are_not_objects_are_reported() {
    let api = Api::new().await;
    let items = r#"["x", 7, 7.5, null, true, [], 1e400, {}]"#;
    for uri in [SESSIONS, TRANSACTIONS, RISKS] {
        let reply = api.as_service("POST", uri).await.text(items).send().await;
        assert_eq!(reply.status, 200);
        let results = reply.json()["results"].as_array().unwrap().clone();
        let types = ["str", "int", "float", "NoneType", "bool", "list", "float"];
        assert_eq!(results.len(), types.len() + 1);
        for (result, name) in results.iter().zip(types) {
            let message = format!("Invalid data. Expected a dictionary, but got {name}.");
            let errors = json!({"non_field_errors": [message]});
            assert_eq!(*result, json!({"outcome": "error", "errors": errors}));
        }
    }
}

#[actix_web::test]
async fn optional_fields_may_be_null() {
    let api = Api::new().await;
    let item = session(json!({
        "status": "Approved", "features": null, "approved_emails": null, "approved_phones": null,
        "identity": {"full_name": null, "date_of_birth": null, "issuing_state": null, "portrait_image_url": null},
    }));
    assert_eq!(api.reported(SESSIONS, &item).await["outcome"], "applied");
    let same = session(json!({"status": "Approved", "identity": null}));
    assert_eq!(api.reported(SESSIONS, &same).await["outcome"], "duplicate");
    let item = transaction(json!({"rule_actions": null}));
    assert_eq!(api.reported(TRANSACTIONS, &item).await["outcome"], "applied");
    let item = risk(json!({"detail": null}));
    assert_eq!(api.reported(RISKS, &item).await["outcome"], "applied");
    let item = risk(json!({"detail": ""}));
    assert_eq!(api.reported(RISKS, &item).await["outcome"], "duplicate");
}

/// The clock is stopped, because each read would advance it by a second.
#[actix_web::test]
async fn a_time_may_be_slightly_in_the_future_or_far_in_the_past() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    for (index, at) in
        ["2026-01-01T00:05:00Z", "2026-01-01T02:05:00+02:00", "1900-01-01T00:00:00Z", EARLIER]
            .into_iter()
            .enumerate()
    {
        api.clock.set(testkit::base_time());
        let id = format!("s-{index}");
        let item = session(json!({"session_id": id, "occurred_at": at}));
        assert_eq!(api.reported(SESSIONS, &item).await["outcome"], "applied", "{at}");
    }
    api.clock.set(testkit::base_time());
    let item = session(json!({"session_id": "s", "occurred_at": "2026-01-01T00:05:00.000001Z"}));
    let dropped = json!(["occurred_at"]);
    assert_eq!(api.reported(SESSIONS, &item).await["dropped"], dropped);
}
