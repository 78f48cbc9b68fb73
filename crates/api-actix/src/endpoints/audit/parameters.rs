//! The parameters of the audit lists: names, forms, and the check of a cursor against the other parameters.

use actix_web::HttpRequest;
use key_ring::KeyRing;
use users_domain::model::{
    AuditFilter, AuditStart, KeyId, ListAudit, Operation, PageSize, RequestId, TimeRange,
    VendorData,
};

use super::cursor::{Cursor, Owner};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Ignored;
use crate::http::request::parameters::{Reader, message_of, page_size, time};

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

/// The requested page of a user's activity.
pub(super) struct ActivityPage {
    pub(super) start: AuditStart,
    pub(super) size: PageSize,
}

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
    keys: &KeyRing,
    owner: Owner<'_>,
) -> Result<ActivityPage, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let size = size(&mut reader);
    let cursor = cursor(&mut reader, keys, owner);
    finished(reader)?;
    Ok(ActivityPage {
        start: cursor.map_or(AuditStart::Newest, |cursor| cursor.start),
        size,
    })
}

/// Reads the requested page of an application's audit log, or all field errors.
pub(super) fn read_log(
    pairs: &[(String, String)],
    keys: &KeyRing,
    owner: Owner<'_>,
) -> Result<ListAudit, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let size = size(&mut reader);
    let cursor = cursor(&mut reader, keys, owner);
    let given = filter(&mut reader);
    if let Some(cursor) = &cursor {
        for name in differences(&given, &cursor.filter) {
            reader.refuse(name, messages::DIFFERS_FROM_CURSOR);
        }
    }
    finished(reader)?;
    let (filter, start) = match cursor {
        Some(cursor) => (cursor.filter, cursor.start),
        None => (given, AuditStart::Newest),
    };
    Ok(ListAudit {
        filter,
        start,
        size,
    })
}

/// Reads the filter of an export, or all field errors.
pub(super) fn read_export(pairs: &[(String, String)]) -> Result<AuditFilter, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let cursor = reader.one(&["cursor"], |text| Ok(text.to_owned()));
    if cursor.is_some() {
        reader.refuse("cursor", CURSOR_OF_AN_EXPORT);
    }
    let filter = filter(&mut reader);
    finished(reader)?;
    Ok(filter)
}

fn size(reader: &mut Reader<'_>) -> PageSize {
    let given = reader.one(&["limit", "page_size"], page_size);
    given.unwrap_or(PageSize::DEFAULT)
}

fn cursor(reader: &mut Reader<'_>, keys: &KeyRing, owner: Owner<'_>) -> Option<Cursor> {
    reader.one(&["cursor"], |text| {
        Cursor::open(text, keys, owner).ok_or_else(|| messages::INVALID_CURSOR.to_owned())
    })
}

fn filter(reader: &mut Reader<'_>) -> AuditFilter {
    AuditFilter {
        actor: reader.one(&["actor"], |text| {
            KeyId::parse(text).map_err(|_| messages::NOT_A_UUID.to_owned())
        }),
        operation: reader.one(&["operation"], operation),
        vendor_data: reader.one(&["vendor_data"], |text| {
            VendorData::parse(text).map_err(message_of)
        }),
        at: TimeRange {
            from: reader.one(&["created_after"], time),
            before: reader.one(&["created_before"], time),
        },
        request_id: reader.one(&["request_id"], |text| {
            RequestId::parse(text).map_err(message_of)
        }),
    }
}

fn operation(word: &str) -> Result<Operation, String> {
    Operation::find(word).ok_or_else(|| {
        let words: Vec<_> = Operation::all().map(Operation::as_str).collect();
        format!("Invalid operation. Valid options are: {}", words.join(", "))
    })
}

fn finished(reader: Reader<'_>) -> Result<(), FieldErrors> {
    let errors = reader.into_errors();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// The given parameters that differ from the cursor.
fn differences<'n>(given: &AuditFilter, of_cursor: &AuditFilter) -> impl Iterator<Item = &'n str> {
    fn differs<T: PartialEq>(given: Option<&T>, of_cursor: Option<&T>) -> bool {
        given.is_some() && given != of_cursor
    }
    let AuditFilter {
        actor,
        operation,
        vendor_data,
        at,
        request_id,
    } = given;
    let by_name = [
        ("actor", differs(actor.as_ref(), of_cursor.actor.as_ref())),
        (
            "operation",
            differs(operation.as_ref(), of_cursor.operation.as_ref()),
        ),
        (
            "vendor_data",
            differs(vendor_data.as_ref(), of_cursor.vendor_data.as_ref()),
        ),
        (
            "created_after",
            differs(at.from.as_ref(), of_cursor.at.from.as_ref()),
        ),
        (
            "created_before",
            differs(at.before.as_ref(), of_cursor.at.before.as_ref()),
        ),
        (
            "request_id",
            differs(request_id.as_ref(), of_cursor.request_id.as_ref()),
        ),
    ];
    let differing = by_name.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name)
}
