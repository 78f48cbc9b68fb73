//! The operations that read the audit trail.

use serde_json::{Value, json};
use users_domain::model::{Operation, RequestId};

use super::bodies::{ActivityBody, EntryBody};
use super::export::NDJSON;
use super::parameters::MAX_CURSOR_CHARACTERS;
use crate::http::page::Page;
use crate::openapi::operation::Description;
use crate::openapi::parameters::{cursor, end, page_sizes, query, start};
use crate::openapi::schema::{described, example_page, with};
use crate::openapi::text;

const TAG: &str = "Audit";

pub(crate) fn activity() -> Description {
    let text = "Returns every change, every report and every attempt that was refused or ignored, newest first. Pages \
                link in both directions, and new entries do not shift them. A page may have fewer entries than \
                requested although `next` is set.";
    let entry = with(
        change(),
        [
            ("comment_type", json!("STATUS_CHANGED")),
            ("actor_email", Value::Null),
            ("actor_name", json!("Review desk")),
            ("metadata", Value::Null),
            ("mentioned_emails", json!([])),
        ],
    );
    Description::new(TAG, "listUserActivity", "List the activity of a user", text)
        .parameters(paging())
        .returns::<Page<ActivityBody<'_>>>("A page of the user's activity.", example_page(&entry))
}

pub(crate) fn log() -> Description {
    let text = "Returns the entries that match all filters, newest first. With `Accept: application/x-ndjson`, all \
                matching entries are streamed and `limit` is ignored.";
    let description = "A page of the audit log, or an export with one line of JSON for each entry. An export that \
                       cannot be completed is aborted: the connection closes without the end of the body.";
    let summary = "List the audit log of the application";
    Description::new(TAG, "listAuditLog", summary, text)
        .parameters(paging())
        .parameters(filters())
        .returns::<Page<EntryBody<'_>>>(description, example_page(&entry()))
        .with_content::<EntryBody<'_>>(NDJSON, Some(entry()))
}

fn paging() -> Vec<Value> {
    let cursor = cursor(
        "The cursor from `next` or `previous` of another page. No other parameter is needed; filters that are sent \
         must equal those of that page.",
        MAX_CURSOR_CHARACTERS,
    );
    page_sizes("entries").into_iter().chain([cursor]).collect()
}

fn filters() -> Vec<Value> {
    let words = Operation::ALL.map(Operation::as_str);
    let request_id = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": RequestId::MAX_CHARACTERS,
        "pattern": "^[!-~]+$",
    });
    vec![
        query("actor", "Entries of actions by the API key with this id.", text::uuid()),
        query(
            "operation",
            "Entries about this operation.",
            json!({ "type": "string", "enum": words }),
        ),
        query(
            "vendor_data",
            "Entries about the user with this `vendor_data`, and about deleted users that had it.",
            described(text::vendor_data(), "The client's own identifier."),
        ),
        start("created_after"),
        end("created_before"),
        query("request_id", "Entries of the request with this id.", request_id),
    ]
}

/// The members that both examples share.
fn change() -> Value {
    json!({
        "uuid": "0190a3b4-0000-7000-8000-000000000001",
        "created_at": "2026-01-02T03:04:05.678901Z",
        "comment": "Confirmed by a second review.",
        "previous_status": "FLAGGED",
        "new_status": "BLOCKED",
        "previous_value": null,
        "new_value": null,
        "changed_fields": ["status"],
    })
}

fn entry() -> Value {
    with(
        change(),
        [
            ("operation", json!("update-status")),
            ("kind", json!("STATUS_CHANGED")),
            (
                "actor",
                json!({
                    "kind": "key",
                    "key_uuid": "0190a3b4-0000-7000-8000-000000000003",
                    "role": "COMPLIANCE_OFFICER",
                    "name": "Review desk",
                    "ip": "192.0.2.1",
                }),
            ),
            ("didit_internal_id", json!("0190a3b4-0000-7000-8000-000000000002")),
            ("vendor_data", json!("customer-42")),
            ("trigger", json!("analyst")),
            ("about", Value::Null),
            ("overrides_verified", json!(false)),
            ("request_id", json!("0190a3b4-0000-7000-8000-000000000004")),
            ("erased", json!(false)),
        ],
    )
}
