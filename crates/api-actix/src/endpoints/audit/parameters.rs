//! The parameters of the audit lists: names, forms, and the check of a cursor against the other parameters.

use actix_web::HttpRequest;
use users_domain::model::{
    AuditFilter, AuditStart, KeyId, ListAudit, Operation, RequestId, TimeRange, VendorData,
};

use super::links::Place;
use crate::http::cursor::Scope;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Ignored;
use crate::http::request::parameters::{Pairs, Reader, message_of, time};

/// The longest cursor, in characters; the longest name in its filter fits.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 8 * 1024;

/// The parameters of a user's activity.
pub(super) const ACTIVITY: &[&str] = &["limit", "page_size", "cursor"];

/// The parameters of an application's audit log.
pub(super) const LOG: &[&str] = &[
    "limit",
    "page_size",
    "cursor",
    "actor",
    "operation",
    "vendor_data",
    "created_after",
    "created_before",
    "request_id",
];

/// The parameters of an export, which has no pages. A cursor is an error instead of ignored, because it contains
/// filters.
pub(super) const EXPORT: &[&str] = &[
    "cursor",
    "actor",
    "operation",
    "vendor_data",
    "created_after",
    "created_before",
    "request_id",
];

const CURSOR_OF_AN_EXPORT: &str = "An export has no pages. Use the filters instead.";

/// Reports the unknown parameters as ignored, or rejects them if the request is strict.
pub(super) fn ignore_others(
    request: &HttpRequest,
    pairs: &[(String, String)],
    known: &[&str],
) -> Result<(), FieldErrors> {
    Ignored::parameters(request, pairs, |name| known.contains(&name)).attach(request, Ok(()))
}

/// Reads the requested page of a user's activity, or all field errors.
pub(super) fn read_activity(
    pairs: &[(String, String)],
    scope: &Scope<'_>,
) -> Result<ListAudit, FieldErrors> {
    read_page(pairs, scope, |_| AuditFilter::default())
}

/// Reads the requested page of an application's audit log, or all field errors.
pub(super) fn read_log(
    pairs: &[(String, String)],
    scope: &Scope<'_>,
) -> Result<ListAudit, FieldErrors> {
    read_page(pairs, scope, filter)
}

fn read_page(
    pairs: &[(String, String)],
    scope: &Scope<'_>,
    filter: fn(&mut Reader<'_>) -> AuditFilter,
) -> Result<ListAudit, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let (size, cursor) = reader.page(scope);
    let start = |place: Place, _: &AuditFilter| place.start();
    let (filter, start) = reader.selection(cursor, AuditStart::Newest, filter, parameters, start);
    reader.finish(ListAudit { filter, start, size })
}

/// Reads the filter of an export, or all field errors.
pub(super) fn read_export(pairs: &[(String, String)]) -> Result<AuditFilter, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let cursor = reader.one(&["cursor"], |text| Ok(text.to_owned()));
    if cursor.is_some() {
        reader.refuse("cursor", CURSOR_OF_AN_EXPORT);
    }
    let filter = filter(&mut reader);
    reader.finish(filter)
}

fn filter(reader: &mut Reader<'_>) -> AuditFilter {
    AuditFilter {
        actor: reader.one(&["actor"], |text| {
            KeyId::parse(text).map_err(|_| messages::NOT_A_UUID.to_owned())
        }),
        operation: reader.one(&["operation"], operation),
        vendor_data: reader
            .one(&["vendor_data"], |text| VendorData::parse(text).map_err(message_of)),
        at: TimeRange {
            from: reader.one(&["created_after"], time),
            before: reader.one(&["created_before"], time),
        },
        request_id: reader.one(&["request_id"], |text| RequestId::parse(text).map_err(message_of)),
    }
}

fn operation(word: &str) -> Result<Operation, String> {
    Operation::parse(word).map_err(|_| {
        let words = Operation::ALL.map(Operation::as_str).join(", ");
        format!("Invalid operation. Valid options are: {words}")
    })
}

/// The parameters of a filter in their canonical form.
pub(super) fn parameters(filter: &AuditFilter) -> Vec<(String, String)> {
    let mut pairs = Pairs::default();
    pairs.add("actor", filter.actor.map(KeyId::uuid));
    pairs.add("operation", filter.operation.map(Operation::as_str));
    pairs.add("vendor_data", filter.vendor_data.as_ref().map(VendorData::as_str));
    pairs.add("created_after", filter.at.from);
    pairs.add("created_before", filter.at.before);
    pairs.add("request_id", filter.request_id.as_ref().map(RequestId::as_str));
    pairs.0
}

#[cfg(test)]
mod tests;
