//! The schemas of users in responses.

use serde_json::{Value, json};
use users_domain::model::{ActivityKind, Comment, Feature, FeatureStatus, Origin, UserField};

use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        (
            "UserStatus",
            described(text::status(), "The status of a user."),
        ),
        ("Country", text::country()),
        ("FeatureResult", feature_result()),
        ("Features", features()),
        ("TagSummary", tag_summary()),
        ("TagLink", tag_link()),
        ("UserComment", comment()),
        ("FieldProvenance", field_provenance()),
        ("Provenance", provenance()),
        ("UserRow", row()),
        ("UserDetail", detail()),
    ]
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn strings() -> Value {
    list(&string())
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn counter(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

/// The members that rows and details share, except the tags.
fn common() -> Vec<(&'static str, Value)> {
    vec![
        (
            "didit_internal_id",
            described(
                text::uuid(),
                "The identifier that the service assigned to the user, a UUID of version 7.",
            ),
        ),
        (
            "vendor_data",
            described(string(), "The client's own identifier."),
        ),
        (
            "display_name",
            or_null(described(
                string(),
                "The name that the application displays.",
            )),
        ),
        (
            "full_name",
            or_null(described(
                string(),
                "The name from the latest approved session, else the declared name.",
            )),
        ),
        (
            "date_of_birth",
            or_null(json!({ "type": "string", "format": "date" })),
        ),
        (
            "effective_name",
            described(
                string(),
                "`display_name`, else `full_name`, else `vendor_data`.",
            ),
        ),
        ("status", reference("UserStatus")),
        ("portrait_image_url", or_null(string())),
        ("session_count", counter("The number of sessions.")),
        (
            "approved_count",
            counter("The number of sessions that are currently approved."),
        ),
        (
            "declined_count",
            counter("The number of sessions that are currently declined."),
        ),
        (
            "in_review_count",
            counter("The number of sessions that are currently in review."),
        ),
        ("issuing_states", list(&reference("Country"))),
        ("approved_emails", strings()),
        ("approved_phones", strings()),
        ("features", reference("Features")),
        ("features_list", list(&reference("FeatureResult"))),
        ("last_session_at", or_null(text::time())),
        ("first_session_at", or_null(text::time())),
        (
            "last_activity_at",
            described(
                text::time(),
                "The time of the latest session, transaction, status change or edit.",
            ),
        ),
        ("created_at", text::time()),
        (
            "updated_at",
            described(
                text::time(),
                "The time of the latest change. It increases with every change, so clients can use it as the watermark \
                 of a synchronisation.",
            ),
        ),
        (
            "version",
            json!({ "type": "integer", "minimum": 1, "description": "The version of the user, which increases with \
                                                                     every effective change." }),
        ),
    ]
}

fn object(description: &str, members: Vec<(&'static str, Value)>) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties(members),
    })
}

/// A row with the additional members of `more`.
pub(in crate::endpoints) fn row_with(description: &str, more: &Value) -> Value {
    let mut row = described(row(), description);
    for (keyword, path) in [("properties", "/properties"), ("required", "/required")] {
        match (row.get_mut(keyword), more.pointer(path)) {
            (Some(Value::Object(known)), Some(Value::Object(more))) => {
                known.extend(more.clone());
            }
            (Some(Value::Array(known)), Some(Value::Array(more))) => {
                known.extend(more.iter().cloned());
            }
            _ => {}
        }
    }
    row
}

fn row() -> Value {
    let mut members = common();
    members.push(("tags", list(&reference("TagSummary"))));
    object("A user in a list.", members)
}

fn detail() -> Value {
    let mut members = common();
    members.extend([
        ("tags", list(&reference("TagLink"))),
        (
            "metadata",
            json!({ "type": "object", "description": "The client's own data." }),
        ),
        (
            "comments",
            json!({
                "type": "array",
                "maxItems": Comment::SHOWN_IN_DETAIL,
                "items": reference("UserComment"),
                "description": "The latest 20 changes, newest first.",
            }),
        ),
        (
            "legal_hold",
            described(
                or_null(reference("LegalHold")),
                "The legal hold that prevents the deletion of the user; null if there is none.",
            ),
        ),
        ("provenance", reference("Provenance")),
    ]);
    object("A user.", members)
}

fn features() -> Value {
    let names: Vec<_> = Feature::ALL
        .iter()
        .map(|feature| feature.as_str())
        .collect();
    json!({
        "type": "object",
        "description": "The latest status of each feature that a session checked.",
        "propertyNames": { "enum": names },
        "additionalProperties": feature_status(),
    })
}

fn feature_status() -> Value {
    let words: Vec<_> = FeatureStatus::ALL
        .iter()
        .map(|status| status.as_str())
        .collect();
    json!({ "type": "string", "enum": words })
}

fn feature_result() -> Value {
    let names: Vec<_> = Feature::ALL
        .iter()
        .map(|feature| feature.as_str())
        .collect();
    record(
        "One member of `features`.",
        [
            ("feature", json!({ "type": "string", "enum": names })),
            ("status", feature_status()),
        ],
    )
}

fn color() -> Value {
    json!({ "type": "string", "pattern": "^#[0-9a-f]{6}$" })
}

fn tag_summary() -> Value {
    record(
        "A tag.",
        [
            ("uuid", text::uuid()),
            ("name", string()),
            ("color", color()),
        ],
    )
}

fn tag_link() -> Value {
    let tag = record(
        "The tag itself.",
        [
            ("uuid", text::uuid()),
            ("name", string()),
            ("color", color()),
            ("description", string()),
            ("source", json!({ "type": "string", "enum": ["custom"] })),
            ("created_at", text::time()),
            ("updated_at", text::time()),
        ],
    );
    record(
        "A tag on a user.",
        [
            ("uuid", text::uuid()),
            ("name", string()),
            ("color", color()),
            ("tag", tag),
            ("added_by_email", or_null(string())),
            (
                "added_by_name",
                or_null(described(string(), "The name of the API key.")),
            ),
            (
                "created_at",
                described(text::time(), "When the tag was added to the user."),
            ),
        ],
    )
}

fn brief_value() -> Value {
    json!({
        "description": "Any JSON. A value of more than 256 bytes is shown only in the activity; here it is replaced by \
                        `{\"elided\": true, \"bytes\": n}` with, for an object, `changed_keys`.",
    })
}

fn comment() -> Value {
    let kinds: Vec<_> = ActivityKind::ALL
        .into_iter()
        .filter(|kind| kind.is_comment())
        .map(ActivityKind::as_str)
        .collect();
    record(
        "A change of a user.",
        [
            ("uuid", text::uuid()),
            ("comment_type", json!({ "type": "string", "enum": kinds })),
            ("comment", or_null(string())),
            ("actor_email", or_null(string())),
            ("actor_name", or_null(string())),
            (
                "previous_status",
                json!({ "anyOf": [reference("UserStatus"), { "type": "null" }] }),
            ),
            (
                "new_status",
                json!({ "anyOf": [reference("UserStatus"), { "type": "null" }] }),
            ),
            ("previous_value", brief_value()),
            ("new_value", brief_value()),
            ("changed_fields", strings()),
            ("metadata", json!({ "type": ["object", "null"] })),
            ("mentioned_emails", strings()),
            ("created_at", text::time()),
        ],
    )
}

fn field_provenance() -> Value {
    let origins = [Origin::Declared, Origin::Verified, Origin::Override].map(Origin::as_str);
    or_null(record(
        "The source of the shown value; null if there is no value.",
        [
            ("source", json!({ "type": "string", "enum": origins })),
            ("session_id", or_null(string())),
            ("verified_at", or_null(text::time())),
        ],
    ))
}

fn provenance() -> Value {
    record(
        "The source of each shown value. Of several approved sessions, the newest one with the value is the source.",
        [
            (UserField::FullName.as_str(), reference("FieldProvenance")),
            (
                UserField::DateOfBirth.as_str(),
                reference("FieldProvenance"),
            ),
            (
                UserField::PortraitImageUrl.as_str(),
                reference("FieldProvenance"),
            ),
        ],
    )
}
