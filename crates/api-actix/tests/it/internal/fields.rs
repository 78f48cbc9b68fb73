//! Tests of field errors: all errors of an item are reported at once.

use serde_json::{Value, json};

use super::{EARLIER, RISKS, SESSIONS, TRANSACTIONS, one_of_each, risk, session, transaction};
use crate::support::Api;

async fn errors(api: &Api, uri: &str, item: &Value) -> Value {
    let result = api.report(uri, &json!([item])).await.rows().remove(0);
    assert_eq!(result, json!({"outcome": "error", "errors": result["errors"]}), "{item}");
    result["errors"].clone()
}

#[actix_web::test]
async fn missing_fields_are_reported() {
    let api = Api::new().await;
    for (uri, item) in one_of_each() {
        let fields = item.as_object().unwrap().keys();
        let all = |value: Value| -> Value {
            fields.clone().map(|field| (field.clone(), value.clone())).collect()
        };
        let required = all(json!(["This field is required."]));
        assert_eq!(errors(&api, uri, &json!({})).await, required);
        let null = all(json!(["This field may not be null."]));
        assert_eq!(errors(&api, uri, &all(Value::Null)).await, null);
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
    let item = risk(json!({"kind": false, "detail": 7}));
    let expected = json!({"kind": ["\"false\" is not a valid choice."]});
    assert_eq!(errors(&api, RISKS, &item).await, expected);
}

#[actix_web::test]
async fn invalid_values_are_reported() {
    const RANGE: &str = "Ensure this value is between 1 and 9007199254740992.";
    const RESERVED: &str = "This value is reserved: it is part of the paths of the API.";
    const FORMAT: &str = "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.";
    const TOO_EARLY: &str = "Datetime may not be before 1900-01-01T00:00:00Z.";
    let api = Api::new().await;
    let (long_id, long_name) = ("x".repeat(129), "x".repeat(2001));
    for (field, value, message) in [
        ("session_id", json!(""), "This field may not be blank."),
        ("session_id", json!(long_id), "Ensure this field has no more than 128 characters."),
        ("session_id", json!("a\nb"), "Control characters are not allowed."),
        ("vendor_data", json!(".."), RESERVED),
        ("vendor_data", json!(long_name), "Ensure this field has no more than 2000 bytes."),
        ("revision", json!(0), RANGE),
        ("revision", json!(-7), RANGE),
        ("revision", json!(9_007_199_254_740_993_u64), "A valid integer is required."),
        ("revision", json!(1.5), "A valid integer is required."),
        ("status", json!("approved"), "\"approved\" is not a valid choice."),
        ("occurred_at", json!("2026-01-01"), FORMAT),
        ("occurred_at", json!("1899-12-31T23:59:59.999999Z"), TOO_EARLY),
        ("occurred_at", json!("0000-01-01T00:00:00Z"), TOO_EARLY),
    ] {
        let item = session(json!({ field: value }));
        assert_eq!(errors(&api, SESSIONS, &item).await, json!({ field: [message] }), "{item}");
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
    let items = r#"["x", 7, 7.5, null, true, [], 1e400]"#;
    let types = ["str", "int", "float", "NoneType", "bool", "list", "float"];
    for (uri, _) in one_of_each() {
        let reply = api.as_service("POST", uri).await.text(items).send().await;
        let expected = types.map(|name| {
            let message = format!("Invalid data. Expected a dictionary, but got {name}.");
            json!({"outcome": "error", "errors": {"non_field_errors": [message]}})
        });
        assert_eq!(reply.rows(), expected);
    }
}

#[actix_web::test]
async fn optional_fields_may_be_null() {
    let api = Api::new().await;
    let item = session(json!({
        "status": "Approved", "features": null, "approved_emails": null, "approved_phones": null,
        "identity": {"full_name": null, "date_of_birth": null, "issuing_state": null, "portrait_image_url": null},
    }));
    for (uri, item, outcome) in [
        (SESSIONS, item, "applied"),
        (SESSIONS, session(json!({"status": "Approved", "identity": null})), "duplicate"),
        (TRANSACTIONS, transaction(json!({"rule_actions": null})), "applied"),
        (RISKS, risk(json!({"detail": null})), "applied"),
        (RISKS, risk(json!({"detail": ""})), "duplicate"),
    ] {
        assert_eq!(api.reported(uri, &item).await["outcome"], outcome, "{item}");
    }
}

/// The clock is stopped, because each read would advance it by a second.
#[actix_web::test]
async fn a_time_may_be_slightly_in_the_future_or_far_in_the_past() {
    let api = Api::new().await;
    api.clock.tick_by(0);
    for (at, dropped) in [
        ("2026-01-01T00:05:00Z", Value::Null),
        ("2026-01-01T02:05:00+02:00", Value::Null),
        ("1900-01-01T00:00:00Z", Value::Null),
        (EARLIER, Value::Null),
        ("2026-01-01T00:05:00.000001Z", json!(["occurred_at"])),
    ] {
        api.clock.set(testkit::base_time());
        let item = session(json!({"session_id": at, "occurred_at": at}));
        let result = api.reported(SESSIONS, &item).await;
        assert_eq!((&result["outcome"], &result["dropped"]), (&json!("applied"), &dropped), "{at}");
    }
}
