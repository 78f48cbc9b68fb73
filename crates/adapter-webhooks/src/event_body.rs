//! The body of an event (docs/API.md): flat JSON with sorted keys and a placeholder for the time of the attempt.

use users_domain::model::{
    EventPayload, FieldChange, Json, JsonObject, Timestamp, UserEvent, UserField,
};
use users_domain::ports::{EncodedEvent, EventEncoder, TestEvent, TestEventEncoder};

use crate::RawJson;

/// Writes event bodies in the raw form of [`RawJson`].
#[derive(Debug, Clone, Copy, Default)]
pub struct EventBodyEncoder;

const TIMESTAMP: &str = "timestamp";

impl EventEncoder for EventBodyEncoder {
    fn encode(&self, event: &UserEvent) -> EncodedEvent {
        let mut members = common_members(event);
        members.extend(payload_members(&event.payload).map(|(key, value)| (key.to_owned(), value)));
        encoded(members)
    }
}

impl TestEventEncoder for EventBodyEncoder {
    fn encode_test(&self, event: &TestEvent) -> EncodedEvent {
        encoded(members([
            ("application_id", text(&event.application.to_string())),
            ("created_at", seconds(event.created_at)),
            ("environment", text(event.environment.as_str())),
            ("event_id", text(&event.id.to_string())),
            ("test", Json::Bool(true)),
            (TIMESTAMP, Json::count(0)),
            ("webhook_type", text(TestEvent::WEBHOOK_TYPE)),
        ]))
    }
}

fn encoded(members: JsonObject) -> EncodedEvent {
    let mut body = String::from("{");
    let mut timestamp_offset = 0;
    for (key, value) in members {
        if body.len() > 1 {
            body.push(',');
        }
        body.push_str(&RawJson(&Json::String(key.clone())).to_string());
        body.push(':');
        if key == TIMESTAMP {
            timestamp_offset = body.len();
        }
        body.push_str(&RawJson(&value).to_string());
    }
    body.push('}');
    EncodedEvent { body, timestamp_offset }
}

fn members<const N: usize>(members: [(&str, Json); N]) -> JsonObject {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn text(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn seconds(time: Timestamp) -> Json {
    Json::count(u64::try_from(time.unix_seconds()).unwrap_or(0))
}

fn common_members(event: &UserEvent) -> JsonObject {
    members([
        ("application_id", text(&event.application.to_string())),
        ("created_at", seconds(event.created_at)),
        ("environment", text(event.environment.as_str())),
        ("event_id", text(&event.id.to_string())),
        ("sequence", Json::count(event.sequence)),
        ("status", text(event.status.as_str())),
        (TIMESTAMP, Json::count(0)),
        ("vendor_data", text(event.vendor_data.as_str())),
        ("vendor_user_id", text(&event.user.to_string())),
        ("webhook_type", text(event.payload.webhook_type().as_str())),
    ])
}

fn payload_members(payload: &EventPayload) -> impl Iterator<Item = (&'static str, Json)> {
    let changed_fields =
        || Json::strings(payload.changed_fields().into_iter().map(UserField::event_name));
    let members = match payload {
        EventPayload::Created { changes, .. } if changes.is_empty() => {
            vec![("changed_fields", changed_fields())]
        }
        EventPayload::Created { changes, .. } | EventPayload::Edited { changes } => {
            vec![
                ("changed_fields", changed_fields()),
                ("changes", Json::object(changes.iter().map(member))),
            ]
        }
        EventPayload::StatusChanged { previous } => {
            vec![("previous_status", Json::String(previous.as_str().to_owned()))]
        }
        EventPayload::Deleted { at } => {
            vec![("changed_fields", changed_fields()), ("deleted_at", Json::String(at.to_string()))]
        }
        EventPayload::Restored => {
            vec![("changed_fields", changed_fields()), ("deleted_at", Json::Null)]
        }
    };
    members.into_iter()
}

/// Shortened: receivers reject large bodies, and a rejected event holds back the events behind it.
fn member(change: &FieldChange) -> (&'static str, Json) {
    let FieldChange { field, previous, current } = change.brief();
    let values = [("previous", previous), ("current", current)];
    (field.event_name(), Json::object(values))
}
