//! Filtering and paging of the audit trail. Adapters that filter in memory call these functions; other adapters are
//! tested against them.

use std::cmp::Reverse;

use crate::model::{
    AuditFilter, AuditHeader, AuditPage, AuditPlace, AuditStart, ListAudit, UserId, VendorData,
};

/// Whether an entry matches a filter. `is_named` reports whether a stored user, deleted or not, has a `vendor_data`:
/// the header has no names, as they are in the erasable part of an entry.
#[must_use]
pub fn matches(
    entry: &AuditHeader,
    filter: &AuditFilter,
    is_named: impl Fn(UserId, &VendorData) -> bool,
) -> bool {
    let AuditFilter {
        actor,
        operation,
        vendor_data,
        at,
        request_id,
    } = filter;
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
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{AuditId, PageSize, Timestamp};

    fn place(at: i64, id: u128) -> AuditPlace {
        AuditPlace {
            at: Timestamp::from_unix_micros(at).unwrap(),
            id: AuditId::new(Uuid::from_u128(id)),
        }
    }

    /// Pages through entries that are given as positions with the length of their details.
    fn paged(start: AuditStart, rows: u64, entries: &[(AuditPlace, usize)]) -> (Vec<u128>, bool) {
        let query = ListAudit {
            filter: AuditFilter::default(),
            start,
            size: PageSize::new(rows).unwrap(),
        };
        let (shown, more) = page(entries.to_vec(), &query, |entry| entry.0, |entry| entry.1);
        let ids = shown.iter().map(|(place, _)| place.id.uuid().as_u128());
        (ids.collect(), more)
    }

    #[test]
    fn pages_go_backward_and_forward_with_equal_times() {
        let entries = [(5, 1), (5, 3), (5, 2), (9, 4), (1, 5)].map(|(at, id)| (place(at, id), 0));
        assert_eq!(paged(AuditStart::Newest, 2, &entries), (vec![4, 3], true));
        assert_eq!(
            paged(AuditStart::OlderThan(place(5, 3)), 2, &entries),
            (vec![2, 1], true)
        );
        assert_eq!(
            paged(AuditStart::OlderThan(place(5, 1)), 2, &entries),
            (vec![5], false)
        );
        assert_eq!(
            paged(AuditStart::NewerThan(place(1, 5)), 2, &entries),
            (vec![2, 1], true)
        );
        assert_eq!(
            paged(AuditStart::NewerThan(place(5, 2)), 5, &entries),
            (vec![4, 3], false)
        );
    }

    #[test]
    fn long_details_shorten_a_page_to_at_least_one_entry() {
        let most = AuditPage::MAX_DETAIL_BYTES;
        let entries =
            [(1, most), (2, most / 2), (3, most / 2), (4, most + 1)].map(|(at, bytes)| {
                let id = u128::try_from(at).unwrap();
                (place(at, id), bytes)
            });
        assert_eq!(paged(AuditStart::Newest, 9, &entries), (vec![4], true));
        let behind = AuditStart::OlderThan(place(4, 4));
        assert_eq!(paged(behind, 9, &entries), (vec![3, 2], true));
        let before = AuditStart::NewerThan(place(1, 1));
        assert_eq!(paged(before, 9, &entries), (vec![3, 2], true));
    }
}
