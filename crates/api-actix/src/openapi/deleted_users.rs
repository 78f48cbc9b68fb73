//! Deleted users: what the operations on them take and answer.

use serde_json::{Value, json};
use users_domain::model::PageSize;
use utoipa::openapi::PathItem;
use utoipa::openapi::path::{HttpMethod, Operation};

use super::examples;
use super::operations::{Fails as _, body, example, keyed, success, with_body};
use super::parameters;
use super::requests;
use super::responses::{Failure, replayed};
use super::schema::{described, or_null, record, reference, schema, with};
use super::text;
use crate::request::JSON;
use crate::users::deleted::MAX_CHARACTERS;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("DeletedUser", deleted_user()),
        ("DeletedUserPage", page()),
        ("RestoreUsers", restore_users()),
        ("Restoration", restoration()),
    ]
}

fn deleted_user() -> Value {
    let more = record(
        "How long it is kept.",
        [
            ("deleted_at", text::time()),
            (
                "erasable_at",
                described(
                    text::time(),
                    "From then on it cannot be restored, and is erased unless a legal hold keeps it.",
                ),
            ),
            ("legal_hold", or_null(reference("LegalHold"))),
        ],
    );
    super::user::row_with("A deleted user that is still kept.", &more)
}

fn page() -> Value {
    let nothing = |description| json!({ "type": "null", "description": description });
    record(
        "One page of deleted users.",
        [
            ("count", nothing("Nothing is counted.")),
            ("count_relation", nothing("Nothing is counted.")),
            (
                "next",
                json!({
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The page of older deletions; null where nothing follows.",
                }),
            ),
            ("previous", nothing("Cursors lead one way.")),
            (
                "results",
                json!({ "type": "array", "items": reference("DeletedUser") }),
            ),
        ],
    )
}

fn restore_users() -> Value {
    let with_some = requests::with_some_users();
    with(
        requests::body(
            "Whom to restore. Members that are not known are refused.",
            &[],
            requests::named_users(),
        ),
        [
            ("additionalProperties", json!(false)),
            ("anyOf", json!(with_some)),
        ],
    )
}

fn restoration() -> Value {
    record(
        "What was restored.",
        [
            ("restored", json!({ "type": "integer", "minimum": 0 })),
            (
                "conflicts",
                json!({
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "The `vendor_data` of those who stay deleted, as somebody else has it by now.",
                }),
            ),
        ],
    )
}

/// The operations by path.
pub(super) fn paths() -> Vec<(String, PathItem)> {
    vec![
        (
            "/v3/users/deleted/".to_owned(),
            PathItem::new(HttpMethod::Get, list()),
        ),
        (
            "/v3/users/restore/".to_owned(),
            PathItem::new(HttpMethod::Post, restore()),
        ),
    ]
}

fn list() -> Operation {
    let size = || {
        schema(json!({
            "type": "integer",
            "minimum": 1,
            "maximum": PageSize::MAX,
            "default": PageSize::DEFAULT.rows(),
        }))
    };
    let cursor = schema(json!({
        "type": "string",
        "maxLength": MAX_CHARACTERS,
        "pattern": "^[A-Za-z0-9_-]*$",
    }));
    let page = success("A page of deleted users.")
        .content(JSON, example("DeletedUserPage", examples::deleted_page()))
        .build();
    keyed(
        "Deletion",
        "listDeletedUsers",
        "List deleted users",
        "Those that are still kept, the newest deletion first. For OWNER and ADMIN.",
    )
    .parameter(parameters::query(
        "limit",
        "How many users a page has.",
        size(),
    ))
    .parameter(parameters::query(
        "page_size",
        "The same as `limit`.",
        size(),
    ))
    .parameter(parameters::query(
        "cursor",
        "From `next` of another page.",
        cursor,
    ))
    .response("200", page)
    .fails(&[Failure::Invalid])
}

fn restore() -> Operation {
    let whom = json!({ "vendor_data_list": ["customer-41"] });
    let restored = success("How many users are there again.")
        .header("Idempotency-Replayed", replayed())
        .content(
            JSON,
            example("Restoration", json!({ "restored": 1, "conflicts": [] })),
        )
        .build();
    keyed(
        "Deletion",
        "restoreUsers",
        "Restore users",
        "Brings back whoever of a name was deleted last, or the users of these ids, as they were. Unknown users, users that \
         are not deleted and users past their retention are not counted, so a repeat does no harm. For OWNER and ADMIN.",
    )
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&[(JSON, "RestoreUsers", whom)])))
    .response("200", restored)
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::KeyInUse,
        Failure::KeyReused,
    ]))
}
