//! Bodies as clients send them: exactly what the readers of bodies accept.

use serde_json::{Value, json};
use users_domain::model::{
    DisplayName, FullName, Metadata, Number, Phone, Profile, TagName, UserTag, VendorData,
};

use super::schema::{described, or_null, reference};
use super::text::{self, NO_NUL};

/// The least magnitude whose plain form has at most 32 characters, however many digits it has.
const LEAST_MAGNITUDE: f64 = 1e-13;

/// The most identifiers that one deletion names.
const MAX_DELETED: usize = 1000;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("VendorData", text::vendor_data()),
        ("GivenCountry", text::given_country()),
        ("Json", json_value()),
        ("MetadataValue", metadata_value()),
        ("Metadata", metadata()),
        ("CreateUser", create()),
        ("UpdateUser", update(metadata_or_null())),
        ("MergeUser", update(merge_patch())),
        ("UpdateStatus", update_status()),
        ("DeleteUsers", delete()),
    ]
}

/// Any JSON that can be read: unknown members are ignored, but not unread.
fn json_value() -> Value {
    json!({
        "description": "Any JSON without NUL characters.",
        "type": ["null", "boolean", "number", "string", "array", "object"],
        "pattern": NO_NUL,
        "items": reference("Json"),
        "propertyNames": { "pattern": NO_NUL },
        "additionalProperties": reference("Json"),
    })
}

fn metadata_value() -> Value {
    json!({
        "description": "Numbers are integers within ±2^53, or decimals whose plain form has at most 32 characters.",
        "anyOf": [
            { "type": ["null", "boolean"] },
            { "type": "string", "pattern": NO_NUL },
            { "type": "integer", "minimum": -Number::MAX_INTEGER, "maximum": Number::MAX_INTEGER },
            { "type": "number", "minimum": LEAST_MAGNITUDE, "maximum": Number::MAX_INTEGER },
            { "type": "number", "minimum": -Number::MAX_INTEGER, "maximum": -LEAST_MAGNITUDE },
            { "type": "array", "items": reference("MetadataValue") },
            {
                "type": "object",
                "propertyNames": { "pattern": NO_NUL },
                "additionalProperties": reference("MetadataValue"),
            },
        ],
    })
}

fn metadata() -> Value {
    json!({
        "type": "object",
        "description": format!(
            "The client's own data: at most {} bytes in its shortest form, nested at most {} levels.",
            Metadata::MAX_BYTES,
            Metadata::MAX_DEPTH
        ),
        "propertyNames": { "pattern": NO_NUL },
        "additionalProperties": reference("MetadataValue"),
        "examples": [{ "plan": "premium", "seats": 7 }],
    })
}

fn metadata_or_null() -> Value {
    or_null(described(reference("Metadata"), "Replaces the metadata; null empties it."))
}

fn merge_patch() -> Value {
    or_null(described(reference("Metadata"), "Merged into the metadata as RFC 7396 says; null empties it."))
}

/// A body: unknown members are ignored, and named in `X-Ignored-Fields`.
fn body(description: &str, properties: Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "propertyNames": { "pattern": NO_NUL },
        "properties": properties,
        "additionalProperties": reference("Json"),
    })
}

fn list(items: Value, max: usize) -> Value {
    json!({ "type": ["array", "null"], "maxItems": max, "items": items })
}

fn emails() -> Value {
    list(text::email(), Profile::MAX_LIST_ENTRIES)
}

fn phones() -> Value {
    list(text::short(Phone::MAX_CHARACTERS), Profile::MAX_LIST_ENTRIES)
}

fn states() -> Value {
    list(reference("GivenCountry"), Profile::MAX_LIST_ENTRIES)
}

fn tag_names() -> Value {
    list(text::short(TagName::MAX_CHARACTERS), UserTag::MAX_PER_USER)
}

fn create() -> Value {
    let mut create = body(
        "A new user.",
        json!({
            "vendor_data": reference("VendorData"),
            "display_name": or_null(text::short(DisplayName::MAX_CHARACTERS)),
            "full_name": or_null(text::short(FullName::MAX_CHARACTERS)),
            "date_of_birth": or_null(text::date_of_birth()),
            "status": reference("UserStatus"),
            "metadata": or_null(reference("Metadata")),
            "tags": tag_names(),
            "approved_emails": emails(),
            "approved_phones": phones(),
            "issuing_states": states(),
        }),
    );
    if let Some(members) = create.as_object_mut() {
        members.insert("required".to_owned(), json!(["vendor_data"]));
    }
    create
}

fn update(metadata: Value) -> Value {
    body(
        "Only what is sent is touched; null clears.",
        json!({
            "display_name": or_null(text::short(DisplayName::MAX_CHARACTERS)),
            "full_name": or_null(text::short(FullName::MAX_CHARACTERS)),
            "date_of_birth": or_null(text::date_of_birth()),
            "status": reference("UserStatus"),
            "reason": text::reason(),
            "metadata": metadata,
            "tags": tag_names(),
            "approved_emails": emails(),
            "approved_phones": phones(),
            "issuing_states": states(),
        }),
    )
}

fn update_status() -> Value {
    let mut update = body(
        "The status to move to, and why.",
        json!({ "status": reference("UserStatus"), "reason": text::reason() }),
    );
    if let Some(members) = update.as_object_mut() {
        members.insert("required".to_owned(), json!(["status"]));
    }
    update
}

fn delete() -> Value {
    let ids = |items: Value| json!({ "type": "array", "maxItems": MAX_DELETED, "items": items });
    let mut delete = body(
        "Whom to delete: at most 1000 identifiers together, or all.",
        json!({
            "vendor_data_list": ids(json!({ "type": "string", "maxLength": VendorData::MAX_BYTES, "pattern": NO_NUL })),
            "didit_internal_id_list": ids(text::uuid()),
            "delete_all": { "type": "boolean", "description": "Wins over the lists." },
        }),
    );
    if let Some(members) = delete.as_object_mut() {
        members.insert(
            "anyOf".to_owned(),
            json!([
                { "required": ["vendor_data_list"] },
                { "required": ["didit_internal_id_list"] },
                { "required": ["delete_all"], "properties": { "delete_all": { "const": true } } },
            ]),
        );
        members.insert(
            "propertyNames".to_owned(),
            json!({ "pattern": NO_NUL, "not": { "pattern": "^filter_" } }),
        );
    }
    delete
}
