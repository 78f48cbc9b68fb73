//! Filtering and paging of the audit trail: used by adapters in memory; other adapters are tested against it.

use std::cmp::Reverse;

use crate::model::{
    AuditFilter, AuditHeader, AuditPage, AuditPlace, AuditStart, ListAudit, UserId, VendorData,
};

/// Whether an entry matches a filter. `is_named` returns if a stored user has a `vendor_data`; headers have no names.
#[must_use]
pub fn matches(
    entry: &AuditHeader,
    filter: &AuditFilter,
    is_named: impl Fn(UserId, &VendorData) -> bool,
) -> bool {
    let AuditFilter { actor, operation, vendor_data, at, request_id } = filter;
    actor.is_none_or(|actor| entry.actor_key == Some(actor))
        && operation.is_none_or(|operation| entry.operation == operation)
        && at.contains(entry.at)
        && (request_id.as_ref()).is_none_or(|request| entry.request_id == *request)
        && (vendor_data.as_ref())
            .is_none_or(|name| entry.user.is_some_and(|user| is_named(user, name)))
}

/// Returns the entries of one page, newest first, and whether more entries follow in the requested direction. `place`
/// returns the position of an entry, `detail_bytes` the length of its detail.
#[must_use]
pub fn page<T>(
    mut matching: Vec<T>,
    query: &ListAudit,
    place: impl Fn(&T) -> AuditPlace,
    detail_bytes: impl Fn(&T) -> usize,
) -> (Vec<T>, bool) {
    matching.sort_by_key(|entry| Reverse(place(entry)));
    match query.start {
        AuditStart::Newest => {}
        AuditStart::OlderThan(bound) => matching.retain(|entry| place(entry) < bound),
        AuditStart::NewerThan(bound) => {
            matching.retain(|entry| place(entry) > bound);
            matching.reverse();
        }
    }
    let found = matching.len();
    let mut bytes = 0;
    let fitting = matching.iter().enumerate().take_while(|(index, entry)| {
        bytes += detail_bytes(entry);
        *index == 0 || bytes <= AuditPage::MAX_DETAIL_BYTES
    });
    let shown = fitting.count().min(query.size.rows());
    matching.truncate(shown);
    if matches!(query.start, AuditStart::NewerThan(_)) {
        matching.reverse();
    }
    (matching, found > shown)
}

#[cfg(test)]
mod tests;
