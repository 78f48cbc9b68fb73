//! The operations: what they take and what they answer.

use serde_json::{Value, json};
use users_domain::model::{Operation as Permission, PageSize, RequestId, Role};
use users_domain::rules::role_matrix;
use utoipa::openapi::PathItem;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter};

use super::examples;
use crate::audit::{MAX_CURSOR_CHARACTERS, NDJSON};
use crate::openapi::operations::{Fails as _, example, keyed, success};
use crate::openapi::parameters::{query, vendor_data};
use crate::openapi::responses::Failure;
use crate::openapi::schema::{described, schema};
use crate::openapi::text;
use crate::request::JSON;

/// The operations by path.
pub(in crate::openapi) fn paths() -> Vec<(String, PathItem)> {
    vec![
        (
            "/v3/users/{vendor_data}/activity/".to_owned(),
            PathItem::new(HttpMethod::Get, activity()),
        ),
        (
            "/v3/audit-log/".to_owned(),
            PathItem::new(HttpMethod::Get, log()),
        ),
    ]
}

fn activity() -> Operation {
    let page = success("A page of what happened to the user.")
        .content(JSON, example("ActivityPage", examples::activity_page()))
        .build();
    let operation = keyed(
        "Audit",
        "listUserActivity",
        "List what happened to a user",
        &with_roles(
            "Every change, every report and every attempt that was refused or ignored, newest first. Pages lead both ways \
             and are disturbed by nothing that is written meanwhile. A page can hold fewer entries than asked for, and \
             `next` all the same.",
            Permission::GetUser,
        ),
    );
    operation
        .parameter(vendor_data())
        .parameters(Some(paging()))
        .response("200", page)
        .fails(&[Failure::Invalid, Failure::NotFound])
}

fn log() -> Operation {
    let page = success(
        "A page of what happened in the application; or all of it, a line of JSON for each entry. An export that cannot be \
         read to its end is broken off: the connection closes without the end of the body.",
    )
    .content(JSON, example("AuditPage", examples::audit_page()))
    .content(NDJSON, example("AuditEntry", examples::entry()))
    .build();
    let operation = keyed(
        "Audit",
        "listAuditLog",
        "List what happened in the application",
        &with_roles(
            "Who did what, newest first, with every filter that is given. With `Accept: application/x-ndjson` everything that \
             matches is streamed, and `limit` is ignored.",
            Permission::ReadAuditLog,
        ),
    );
    operation
        .parameters(Some(paging()))
        .parameters(Some(filters()))
        .response("200", page)
        .fails(&[Failure::Invalid])
}

/// The description ends with who may call.
fn with_roles(description: &str, permission: Permission) -> String {
    let roles = Role::ALL
        .into_iter()
        .filter(|role| role_matrix::allows(*role, permission))
        .map(Role::as_str);
    let roles = roles.collect::<Vec<_>>().join(", ");
    format!("{description} Roles: {roles}.")
}

fn paging() -> Vec<Parameter> {
    let size = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": PageSize::MAX,
        "default": PageSize::DEFAULT.rows(),
    });
    let cursor = json!({
        "type": "string",
        "maxLength": MAX_CURSOR_CHARACTERS,
        "pattern": "^[A-Za-z0-9_-]*$",
    });
    vec![
        query(
            "limit",
            "How many entries a page has at most.",
            schema(size.clone()),
        ),
        query("page_size", "The same as `limit`.", schema(size)),
        query(
            "cursor",
            "From `next` or `previous` of another page. It suffices alone; filters beside it must be those of that page.",
            schema(cursor),
        ),
    ]
}

fn filters() -> Vec<Parameter> {
    let words: Vec<_> = Permission::all().map(Permission::as_str).collect();
    let request_id = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": RequestId::MAX_CHARACTERS,
        "pattern": "^[!-~]+$",
    });
    let moment = "an RFC 3339 date-time, or a date at its start in UTC.";
    let filter =
        |name, description: &str, keywords: Value| query(name, description, schema(keywords));
    vec![
        filter("actor", "What the key of this id did.", text::uuid()),
        filter(
            "operation",
            "What was asked for.",
            json!({ "type": "string", "enum": words }),
        ),
        filter(
            "vendor_data",
            "About the user of this name, and about those who had it until they were deleted.",
            described(text::vendor_data(), "The client's own identifier."),
        ),
        filter(
            "created_after",
            &format!("The first moment inside: {moment}"),
            text::given_time(),
        ),
        filter(
            "created_before",
            &format!("The first moment outside: {moment}"),
            text::given_time(),
        ),
        filter("request_id", "Of this request.", request_id),
    ]
}
