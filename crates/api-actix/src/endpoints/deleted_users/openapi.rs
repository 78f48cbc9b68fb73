//! The operations on deleted users, with their schemas.

use serde_json::{Value, json};
use utoipa::openapi::PathItem;
use utoipa::openapi::path::{HttpMethod, Operation};

use super::list::MAX_CURSOR_CHARACTERS;
use crate::endpoints::users::openapi::{examples, requests, user};
use crate::http::request::JSON;
use crate::openapi::operations::{Fails as _, body, example, keyed, success, with_body};
use crate::openapi::parameters;
use crate::openapi::responses::{Failure, replayed};
use crate::openapi::schema::{described, object, or_null, record, reference, schema, with};
use crate::openapi::text;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("DeletedUser", deleted_user()),
        ("DeletedUserPage", page()),
        ("RestoreUsers", restore_users()),
        ("Restoration", restoration()),
    ]
}

fn deleted_user() -> Value {
    let more = record(
        "The retention of the user.",
        [
            ("deleted_at", text::time()),
            (
                "erasable_at",
                described(
                    text::time(),
                    "The end of the retention: the user can no longer be restored and is erased, unless a legal hold \
                     prevents this.",
                ),
            ),
            ("legal_hold", or_null(reference("LegalHold"))),
        ],
    );
    user::row_with("A deleted user that is still stored.", &more)
}

fn page() -> Value {
    let null = |description| json!({ "type": "null", "description": description });
    record(
        "One page of deleted users.",
        [
            ("count", null("Deleted users are not counted.")),
            ("count_relation", null("Deleted users are not counted.")),
            (
                "next",
                json!({
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The URL of the page of older deletions; null on the last page.",
                }),
            ),
            (
                "previous",
                null("Always null: cursors lead only to older deletions."),
            ),
            (
                "results",
                json!({ "type": "array", "items": reference("DeletedUser") }),
            ),
        ],
    )
}

fn restore_users() -> Value {
    with(
        object(
            "The users to restore: at least one entry in one of the lists. Unknown members are rejected.",
            &[],
            requests::named_users(),
        ),
        [("additionalProperties", json!(false))],
    )
}

fn restoration() -> Value {
    record(
        "The result of a restoration.",
        [
            ("restored", json!({ "type": "integer", "minimum": 0 })),
            (
                "conflicts",
                json!({
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "The `vendor_data` of users that remain deleted because another user has it now.",
                }),
            ),
        ],
    )
}

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
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
    let cursor = schema(json!({
        "type": "string",
        "maxLength": MAX_CURSOR_CHARACTERS,
        "pattern": "^[A-Za-z0-9_-]*$",
    }));
    let page = success("A page of deleted users.")
        .content(JSON, example("DeletedUserPage", examples::deleted_page()))
        .build();
    keyed(
        "Deletion",
        "listDeletedUsers",
        "List deleted users",
        "Returns the deleted users that are still stored, the newest deletion first. Roles: OWNER, ADMIN.",
    )
    .parameters(Some(parameters::page_sizes("users")))
    .parameter(parameters::query(
        "cursor",
        "The cursor from `next` of another page.",
        cursor,
    ))
    .response("200", page)
    .fails(&[Failure::Invalid])
}

fn restore() -> Operation {
    let selection = json!({ "vendor_data_list": ["customer-41"] });
    let restored = success("The number of restored users.")
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
        "Restores users as they were: for each `vendor_data` the user that was deleted last, or the users with the \
         given ids. Unknown users, users that are not deleted and users past their retention are not counted, so the \
         request can be repeated safely. Roles: OWNER, ADMIN.",
    )
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&[(JSON, "RestoreUsers", selection)])))
    .response("200", restored)
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::KeyInUse,
        Failure::KeyReused,
    ]))
}
