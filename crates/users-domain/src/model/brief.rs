//! Shortens the values of a change for events and user details.

use super::{Json, JsonObject};

/// Maximum length of a shown value, in bytes of its JSON text.
const MAX_BYTES: usize = 256;

/// Maximum total length of the listed keys of changed members, in bytes.
const MAX_KEY_BYTES: usize = 128;

/// Shortens the values of a field before and after. A value whose text exceeds 256 bytes is replaced by its size and,
/// for an object, the keys of the members that changed. The replacement itself has at most 256 bytes.
pub(super) fn brief(previous: &Json, current: &Json) -> (Json, Json) {
    (shortened(previous, current), shortened(current, previous))
}

/// Shortens the values of several fields, each under its name, before and after a change.
#[must_use]
pub fn brief_values(previous: &Json, current: &Json) -> (Json, Json) {
    let (Json::Object(before), Json::Object(after)) = (previous, current) else {
        return brief(previous, current);
    };
    (each_shortened(before, after), each_shortened(after, before))
}

fn each_shortened(values: &JsonObject, others: &JsonObject) -> Json {
    let one = |(field, value): (&String, &Json)| {
        let other = others.get(field).unwrap_or(&Json::Null);
        (field.clone(), shortened(value, other))
    };
    Json::Object(values.iter().map(one).collect())
}

fn shortened(value: &Json, other: &Json) -> Json {
    let bytes = value.to_string().len();
    if bytes <= MAX_BYTES {
        return value.clone();
    }
    let mut shown = vec![("elided", Json::Bool(true)), ("bytes", count(bytes))];
    if let Json::Object(members) = value {
        let none = JsonObject::new();
        let others = match other {
            Json::Object(others) => others,
            _ => &none,
        };
        let (keys, more) = changed_keys(members, others);
        shown.push(("changed_keys", Json::strings(keys)));
        if more > 0 {
            shown.push(("more_changed_keys", count(more)));
        }
    }
    Json::object(shown)
}

/// The keys of changed members, as many as fit, and the number of those that do not fit.
fn changed_keys<'a>(members: &'a JsonObject, others: &'a JsonObject) -> (Vec<&'a str>, usize) {
    let removed = others.keys().filter(|key| !members.contains_key(*key));
    let mut keys: Vec<&String> = members
        .iter()
        .filter(|(key, value)| others.get(*key) != Some(value))
        .map(|(key, _)| key)
        .chain(removed)
        .collect();
    keys.sort_unstable();
    let (mut named, mut remaining_bytes, all) = (Vec::new(), MAX_KEY_BYTES, keys.len());
    for key in keys {
        let bytes = Json::String(key.clone()).to_string().len() + 1;
        if bytes <= remaining_bytes {
            remaining_bytes -= bytes;
            named.push(key.as_str());
        }
    }
    let more = all - named.len();
    (named, more)
}

fn count(number: usize) -> Json {
    Json::count(u64::try_from(number).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
