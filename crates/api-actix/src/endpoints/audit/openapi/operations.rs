//! The operations that read the audit trail.

use serde_json::{Value, json};
use users_domain::model::{Operation as Permission, RequestId, Role};
use users_domain::rules::role_matrix;
use utoipa::openapi::PathItem;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter};

use super::examples;
use crate::endpoints::audit::NDJSON;
use crate::endpoints::audit::parameters::MAX_CURSOR_CHARACTERS;
use crate::http::request::JSON;
use crate::openapi::operations::{Fails as _, example, keyed, success};
use crate::openapi::parameters::{page_sizes, query, vendor_data};
use crate::openapi::responses::Failure;
use crate::openapi::schema::{described, schema};
use crate::openapi::text;

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
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
    let page = success("A page of the user's activity.")
        .content(JSON, example("ActivityPage", examples::activity_page()))
        .build();
    let operation = keyed(
        "Audit",
        "listUserActivity",
        "List the activity of a user",
        &with_roles(
            "Returns every change, every report and every attempt that was refused or ignored, newest first. Pages \
             link in both directions, and new entries do not shift them. A page may have fewer entries than requested \
             although `next` is set.",
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
        "A page of the audit log, or an export with one line of JSON for each entry. An export that cannot be \
         completed is aborted: the connection closes without the end of the body.",
    )
    .content(JSON, example("AuditPage", examples::audit_page()))
    .content(NDJSON, example("AuditEntry", examples::entry()))
    .build();
    let operation = keyed(
        "Audit",
        "listAuditLog",
        "List the audit log of the application",
        &with_roles(
            "Returns the entries that match all filters, newest first. With `Accept: application/x-ndjson`, all \
             matching entries are streamed and `limit` is ignored.",
            Permission::ReadAuditLog,
        ),
    );
    operation
        .parameters(Some(paging()))
        .parameters(Some(filters()))
        .response("200", page)
        .fails(&[Failure::Invalid])
}

/// Appends the roles that may call the operation.
fn with_roles(description: &str, permission: Permission) -> String {
    let roles = Role::ALL
        .into_iter()
        .filter(|role| role_matrix::allows(*role, permission))
        .map(Role::as_str);
    let roles = roles.collect::<Vec<_>>().join(", ");
    format!("{description} Roles: {roles}.")
}

fn paging() -> Vec<Parameter> {
    let cursor = json!({
        "type": "string",
        "maxLength": MAX_CURSOR_CHARACTERS,
        "pattern": "^[A-Za-z0-9_-]*$",
    });
    let [limit, page_size] = page_sizes("entries");
    vec![
        limit,
        page_size,
        query(
            "cursor",
            "The cursor from `next` or `previous` of another page. No other parameter is needed; filters that are sent \
             must equal those of that page.",
            schema(cursor),
        ),
    ]
}

fn filters() -> Vec<Parameter> {
    let words = Permission::ALL.map(Permission::as_str);
    let request_id = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": RequestId::MAX_CHARACTERS,
        "pattern": "^[!-~]+$",
    });
    let moment = "an RFC 3339 date-time, or a date, which means its start in UTC.";
    let filter =
        |name, description: &str, keywords: Value| query(name, description, schema(keywords));
    vec![
        filter(
            "actor",
            "Entries of actions by the API key with this id.",
            text::uuid(),
        ),
        filter(
            "operation",
            "Entries about this operation.",
            json!({ "type": "string", "enum": words }),
        ),
        filter(
            "vendor_data",
            "Entries about the user with this `vendor_data`, and about deleted users that had it.",
            described(text::vendor_data(), "The client's own identifier."),
        ),
        filter(
            "created_after",
            &format!("The inclusive start of the range: {moment}"),
            text::given_time(),
        ),
        filter(
            "created_before",
            &format!("The exclusive end of the range: {moment}"),
            text::given_time(),
        ),
        filter(
            "request_id",
            "Entries of the request with this id.",
            request_id,
        ),
    ]
}
