use adapter_webhooks::{EventBodyEncoder, RawJson};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use users_domain::model::{
    ApplicationId, Environment, EventId, EventPayload, FieldChange, Json, RequestId, Timestamp,
    UserEvent, UserField, UserId, UserStatus, VendorData,
};
use users_domain::ports::{EventEncoder as _, TestEvent, TestEventEncoder as _};

fn event(vendor_data: &str, payload: EventPayload) -> UserEvent {
    UserEvent {
        id: EventId::parse("0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c").unwrap(),
        application: ApplicationId::parse("3b1f0f1e-1111-4222-8333-444455556666").unwrap(),
        environment: Environment::Sandbox,
        user: UserId::parse("f4e5e1f2-94a9-7f86-8c16-2b7d9b4db418").unwrap(),
        vendor_data: VendorData::parse(vendor_data).unwrap(),
        status: UserStatus::Blocked,
        sequence: 3,
        created_at: Timestamp::parse("2026-03-31T15:06:40.999999Z").unwrap(),
        request_id: RequestId::parse("r").unwrap(),
        payload,
    }
}

fn body(payload: EventPayload) -> Value {
    serde_json::from_str(&EventBodyEncoder.encode(&event("user-1", payload)).body).unwrap()
}

fn with_common(members: Value) -> Value {
    let mut expected = value!({
        "application_id": "3b1f0f1e-1111-4222-8333-444455556666",
        "created_at": 1_774_969_600,
        "environment": "sandbox",
        "event_id": "0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c",
        "sequence": 3,
        "status": "BLOCKED",
        "timestamp": 0,
        "vendor_data": "user-1",
        "vendor_user_id": "f4e5e1f2-94a9-7f86-8c16-2b7d9b4db418",
    });
    let Value::Object(members) = members else { panic!("members are an object") };
    expected.as_object_mut().unwrap().extend(members);
    expected
}

fn change(field: UserField, previous: Json, current: Json) -> FieldChange {
    FieldChange { field, previous, current }
}

/// Payloads, each with the members of its body besides the common ones.
fn payloads() -> [(EventPayload, Value); 6] {
    let set_to_x = |field| change(field, Json::Null, Json::String("x".into()));
    let note = |value: &str| Json::object([("note", Json::String(value.repeat(60_000)))]);
    let elided = value!({"elided": true, "bytes": 60_011, "changed_keys": ["note"]});
    let at = Timestamp::parse("2026-03-31T15:06:40Z").unwrap();
    [
        (
            EventPayload::Created {
                fields: vec![UserField::VendorData, UserField::FullName],
                changes: Vec::new(),
            },
            value!({"webhook_type": "user.data.updated", "changed_fields": ["vendor_data", "full_name"]}),
        ),
        // By a report.
        (
            EventPayload::Created {
                fields: vec![UserField::VendorData, UserField::Status],
                changes: vec![change(UserField::SessionCount, Json::count(0), Json::count(1))],
            },
            value!({
                "webhook_type": "user.data.updated",
                "changed_fields": ["vendor_data", "status", "session_count"],
                "changes": {"session_count": {"previous": 0, "current": 1}},
            }),
        ),
        (
            EventPayload::Edited {
                changes: vec![set_to_x(UserField::PortraitImageUrl), set_to_x(UserField::FullName)],
            },
            value!({
                "webhook_type": "user.data.updated",
                "changed_fields": ["portrait_image", "full_name"],
                "changes": {
                    "portrait_image": {"previous": null, "current": "x"},
                    "full_name": {"previous": null, "current": "x"},
                },
            }),
        ),
        // A large value.
        (
            EventPayload::Edited {
                changes: vec![change(UserField::Metadata, note("a"), note("b"))],
            },
            value!({
                "webhook_type": "user.data.updated",
                "changed_fields": ["metadata"],
                "changes": {"metadata": {"previous": elided, "current": elided}},
            }),
        ),
        (
            EventPayload::StatusChanged { previous: UserStatus::Flagged },
            value!({"webhook_type": "user.status.updated", "previous_status": "FLAGGED"}),
        ),
        (
            EventPayload::Deleted { at },
            value!({
                "webhook_type": "user.data.updated",
                "changed_fields": ["deleted_at"],
                "deleted_at": "2026-03-31T15:06:40.000000Z",
            }),
        ),
    ]
}

#[test]
fn each_payload_has_its_members() {
    for (payload, members) in payloads() {
        assert_eq!(body(payload.clone()), with_common(members), "{payload:?}");
    }
}

#[test]
fn no_body_has_more_than_48_kib() {
    let change = |field| {
        // Only metadata may contain bytes that are escaped as six; elsewhere the ratio is at most two.
        let value = match field {
            UserField::Metadata => "\u{7f}".repeat(254),
            _ => "\u{800}".repeat(84),
        };
        FieldChange { field, previous: Json::String(value.clone()), current: Json::String(value) }
    };
    let changes = UserField::ALL.into_iter().map(change).collect();
    let vendor_data = "\u{1f600}".repeat(255);
    let encoded = EventBodyEncoder.encode(&event(&vendor_data, EventPayload::Edited { changes }));
    assert!(encoded.body.len() <= 49_152, "{}", encoded.body.len());
}

#[test]
fn a_test_event_is_marked_as_such() {
    let encoded = EventBodyEncoder.encode_test(&TestEvent {
        id: EventId::parse("0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c").unwrap(),
        application: ApplicationId::parse("3b1f0f1e-1111-4222-8333-444455556666").unwrap(),
        environment: Environment::Live,
        created_at: Timestamp::parse("2026-03-31T15:06:40.999999Z").unwrap(),
    });
    let expected = r#"{"application_id":"3b1f0f1e-1111-4222-8333-444455556666","created_at":1774969600,"environment":"live","event_id":"0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c","test":true,"timestamp":0,"webhook_type":"webhook.test"}"#;
    assert_eq!(encoded.body, expected);
    let placeholder = encoded.body.split_at(encoded.timestamp_offset).1;
    assert!(placeholder.starts_with("0,\"webhook_type\""), "{placeholder}");
}

proptest! {
    /// For any content, the time of an attempt can be inserted at the offset and the body parses back.
    #[test]
    fn the_placeholder_is_at_its_offset(vendor_data in "[^\\p{Cc}]{1,40}", text in ".{0,40}") {
        prop_assume!(VendorData::parse(vendor_data.as_str()).is_ok());
        let change = FieldChange { field: UserField::Metadata, previous: Json::Null, current: Json::String(text.clone()) };
        let encoded = EventBodyEncoder.encode(&event(&vendor_data, EventPayload::Edited { changes: vec![change] }));
        prop_assert!(encoded.body.is_ascii());
        let (before, rest) = encoded.body.split_at(encoded.timestamp_offset);
        let spliced = format!("{before}1774970000{}", rest.strip_prefix('0').unwrap());
        let read: Value = serde_json::from_str(&spliced).unwrap();
        prop_assert_eq!(&read["timestamp"], &value!(1_774_970_000));
        prop_assert_eq!(&read["vendor_data"], &value!(vendor_data));
        prop_assert_eq!(&read["changes"]["metadata"]["current"], &value!(text));
        // Sorted and compact: serialising the parsed body again gives the same bytes.
        prop_assert_eq!(RawJson(&super::json(&read)).to_string(), spliced);
    }
}
