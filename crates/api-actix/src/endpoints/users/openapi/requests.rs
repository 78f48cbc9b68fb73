//! The schemas of request bodies: exactly the bodies that the readers accept.

use serde_json::{Value, json};
use users_domain::model::{
    DisplayName, FullName, Metadata, Phone, Profile, TagName, UserField, UserTag,
    VerifiedFieldsPolicy,
};
use users_domain::rules::field_mutability::{Mutability, mutability};

use crate::endpoints::users::wire::create::MAX_NAME_PART_CHARACTERS;
use crate::endpoints::users::wire::update::MAX_SHOWN_ENTRIES;
use crate::openapi::schema::{described, object, or_null, properties, reference, with};
use crate::openapi::text::{self, NO_NUL};

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("VendorData", text::vendor_data()),
        ("GivenCountry", text::given_country()),
        ("Metadata", metadata()),
        ("CreateUser", create()),
        ("UpdateUser", update("Replaces the metadata; null empties the metadata.")),
        (
            "MergeUser",
            update("Merged into the metadata as defined by RFC 7396; null empties the metadata."),
        ),
        ("UpdateStatus", update_status()),
        ("DeleteUsers", delete()),
    ]
}

fn metadata() -> Value {
    json!({
        "type": "object",
        "description": format!(
            "The client's own data: any JSON without NUL characters, of at most {} bytes in its shortest form and nested at \
             most {} levels. Numbers are integers within ±2^53, or decimals whose plain form has at most 32 characters.",
            Metadata::MAX_BYTES,
            Metadata::MAX_DEPTH
        ),
        "additionalProperties": {},
        "examples": [{ "plan": "premium", "seats": 7 }],
    })
}

/// A list, or the keys of an object, which older clients send.
fn list(entry: &Value, key: &Value, max: usize) -> Value {
    json!({
        "type": ["array", "object", "null"],
        "maxItems": max,
        "items": entry,
        "maxProperties": max,
        "propertyNames": key,
    })
}

/// A list of tags, by name or as shown in a user.
fn tags() -> Value {
    let name = text::name(TagName::MAX_CHARACTERS);
    let shown = json!({
        "type": "object",
        "required": ["name"],
        "properties": { "name": name },
    });
    let entry = json!({ "anyOf": [name, shown] });
    list(&entry, &name, UserTag::MAX_PER_USER)
}

/// The members that create and update share.
fn editable(metadata: Value, status: Value, max_entries: usize) -> Vec<(&'static str, Value)> {
    let of = |entry: &Value| list(entry, entry, max_entries);
    vec![
        ("display_name", or_null(text::name(DisplayName::MAX_CHARACTERS))),
        ("full_name", or_null(text::name(FullName::MAX_CHARACTERS))),
        ("date_of_birth", or_null(text::date_of_birth())),
        ("status", status),
        ("metadata", metadata),
        ("tags", tags()),
        ("approved_emails", of(&text::email())),
        ("approved_phones", of(&text::short(Phone::MAX_CHARACTERS))),
        ("issuing_states", of(&reference("GivenCountry"))),
    ]
}

fn create() -> Value {
    let status = described(
        reference("UserStatus"),
        "The default is ACTIVE. It is BLOCKED if the last user with this `vendor_data` was BLOCKED when deleted and \
         the application keeps blocks.",
    );
    let mut members = editable(or_null(reference("Metadata")), status, Profile::MAX_LIST_ENTRIES);
    let part = |description| {
        or_null(described(text::short_or_empty(MAX_NAME_PART_CHARACTERS), description))
    };
    members.extend([
        ("vendor_data", reference("VendorData")),
        (
            "first_name",
            part("Forms the full name together with `last_name`, unless `full_name` is sent."),
        ),
        (
            "last_name",
            part("Forms the full name together with `first_name`, unless `full_name` is sent."),
        ),
        ("email", or_null(described(text::email(), "Stored in `metadata.contact`."))),
        (
            "phone_number",
            or_null(described(text::short(Phone::MAX_CHARACTERS), "Stored in `metadata.contact`.")),
        ),
        ("country", or_null(described(reference("GivenCountry"), "Stored in `metadata.address`."))),
    ]);
    let mut members = properties(members);
    if let Value::Object(members) = &mut members {
        let full_name = or_null(text::short_or_empty(FullName::MAX_CHARACTERS));
        members.insert("full_name".to_owned(), full_name);
    }
    with(object("A new user.", &["vendor_data"], Vec::new()), [("properties", members)])
}

fn update(metadata: &str) -> Value {
    let metadata = or_null(described(reference("Metadata"), metadata));
    // Clients may send back what a response shows: declared and verified entries together.
    let mut members = editable(metadata, reference("UserStatus"), MAX_SHOWN_ENTRIES);
    members.push(("reason", described(text::reason(), "Why the status changes.")));
    let read_only = |field: &UserField| {
        mutability(*field, false, VerifiedFieldsPolicy::ReadOnly) == Mutability::ReadOnly
    };
    let ignored = json!({
        "description": "Read-only and ignored, so that a client can send back a response.",
    });
    members.extend(
        (UserField::ALL.into_iter().filter(read_only))
            .map(|field| (field.as_str(), ignored.clone())),
    );
    object(
        "Changes of a user. Only the members that are sent change; null clears a member.",
        &[],
        members,
    )
}

fn update_status() -> Value {
    let members = vec![("status", reference("UserStatus")), ("reason", text::reason())];
    object("The new status, and the reason for it.", &["status"], members)
}

/// The two lists that name users. A schema cannot limit the sum of two lists, so the description states that limit.
pub(in crate::endpoints) fn named_users() -> Vec<(&'static str, Value)> {
    let ids = || {
        json!({
            "type": ["array", "null"],
            "items": { "type": "string", "pattern": NO_NUL },
            "description": "At most 1000 together with the other list.",
        })
    };
    vec![("vendor_data_list", ids()), ("didit_internal_id_list", ids())]
}

fn delete() -> Value {
    let mut members = named_users();
    members.push((
        "delete_all",
        json!({ "type": ["boolean", "null"], "description": "Whether to delete all users; the lists are then ignored." }),
    ));
    with(
        object(
            "The users to delete: `delete_all`, or at least one entry in one of the lists. Unknown members are rejected.",
            &[],
            members,
        ),
        [("additionalProperties", json!(false))],
    )
}
