//! The parameters of the audit lists: names, forms, and the check of a cursor against the other parameters.

use users_domain::model::{
    AuditFilter, AuditStart, KeyId, ListAudit, Operation, RequestId, TimeRange, VendorData,
};

use super::links::Place;
use crate::http::cursor::Scope;
use crate::http::error::messages;
use crate::http::request::parameters::{Pairs, Reader, message_of, time};

/// The longest cursor, in characters; the longest name in its filter fits.
pub(super) const MAX_CURSOR_CHARACTERS: usize = 8 * 1024;

const CURSOR_OF_AN_EXPORT: &str = "An export has no pages. Use the filters instead.";

/// Reads the requested page; `filter` reads the filter.
pub(super) fn read_page(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    filter: fn(&mut Reader<'_>) -> AuditFilter,
) -> ListAudit {
    let (size, cursor) = reader.page(scope);
    let start = |place: Place, _: &AuditFilter| place.start();
    let (filter, start) = reader.selection(cursor, AuditStart::Newest, filter, parameters, start);
    ListAudit { filter, start, size }
}

/// Reads the filter of an export. A cursor is an error instead of ignored, because it contains filters.
pub(super) fn read_export(reader: &mut Reader<'_>) -> AuditFilter {
    let cursor = reader.one(&["cursor"], |text| Ok(text.to_owned()));
    if cursor.is_some() {
        reader.refuse("cursor", CURSOR_OF_AN_EXPORT);
    }
    filter(reader)
}

pub(super) fn filter(reader: &mut Reader<'_>) -> AuditFilter {
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
