//! An event encoder for tests of stores.

use users_domain::model::{EventPayload, FieldChange, Json, Number, UserEvent};
use users_domain::ports::{EncodedEvent, EventEncoder};

/// Encodes all values of an event as ASCII JSON with sorted keys. The format differs from the one that receivers get.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainEncoder;

impl EventEncoder for PlainEncoder {
    fn encode(&self, event: &UserEvent) -> EncodedEvent {
        let text = |text: &str| Json::String(text.to_owned());
        let zero = Number::integer(0).map_or(Json::Null, Json::Number);
        let members = [
            ("application_id", text(&event.application.to_string())),
            ("created_at", text(&event.created_at.to_string())),
            ("environment", text(event.environment.as_str())),
            ("event_id", text(&event.id.to_string())),
            ("payload", payload(&event.payload)),
            ("request_id", text(event.request_id.as_str())),
            ("sequence", Json::count(event.sequence)),
            ("status", text(event.status.as_str())),
            ("timestamp", zero),
            ("vendor_data", text(event.vendor_data.as_str())),
            ("vendor_user_id", text(&event.user.to_string())),
            ("webhook_type", text(event.payload.webhook_type().as_str())),
        ];
        let body = ascii(&Json::object(members).to_string());
        // Quotes in strings are escaped, so only the member itself matches.
        let member = "\"timestamp\":";
        let timestamp_offset = body.find(member).expect("a timestamp") + member.len();
        EncodedEvent { body, timestamp_offset }
    }
}

fn payload(payload: &EventPayload) -> Json {
    let fields = payload.changed_fields();
    let fields = Json::strings(fields.iter().map(|field| field.event_name()));
    let content = match payload {
        EventPayload::Created { changes, .. } | EventPayload::Edited { changes } => {
            Json::object(changes.iter().map(change))
        }
        EventPayload::Restored => Json::Null,
        EventPayload::StatusChanged { previous } => Json::String(previous.as_str().to_owned()),
        EventPayload::Deleted { at } => Json::String(at.to_string()),
    };
    Json::object([("changed_fields", fields), ("content", content)])
}

fn change(change: &FieldChange) -> (&'static str, Json) {
    let values = Json::Array(vec![change.previous.clone(), change.current.clone()]);
    (change.field.event_name(), values)
}

/// The same JSON with every other character escaped as `\u…`.
fn ascii(json: &str) -> String {
    use std::fmt::Write as _;

    let mut result = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            result.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(result, "\\u{unit:04x}").expect("a string accepts every text");
            }
        }
    }
    result
}

#[cfg(test)]
mod tests;
