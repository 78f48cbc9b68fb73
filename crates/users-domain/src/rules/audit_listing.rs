//! What a question about the audit trail means. An adapter that filters in memory runs this; others are compared with it.

use std::cmp::Reverse;

use crate::model::{
    AuditFilter, AuditHeader, AuditPage, AuditPlace, AuditStart, ListAudit, UserId, VendorData,
};

/// Whether an entry is among those a filter asks for. `is_named` tells whether a user whose row is kept, deleted or not,
/// has a name: names themselves are in the erasable part of entries.
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

/// The entries of one page out of all that match, newest first, and whether there are more in the direction of the
/// question. `place` tells where an entry stands, `detail_bytes` how long its detail is.
#[must_use]
pub fn page<T>(
    mut matching: Vec<T>,
    question: &ListAudit,
    place: impl Fn(&T) -> AuditPlace,
    detail_bytes: impl Fn(&T) -> usize,
) -> (Vec<T>, bool) {
    matching.sort_by_key(|entry| Reverse(place(entry)));
    match question.start {
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
    let shown = fitting.count().min(question.size.rows());
    matching.truncate(shown);
    if matches!(question.start, AuditStart::NewerThan(_)) {
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

    /// Entries as places with the length of their details.
    fn ask(start: AuditStart, rows: u64, entries: &[(AuditPlace, usize)]) -> (Vec<u128>, bool) {
        let question = ListAudit {
            filter: AuditFilter::default(),
            start,
            size: PageSize::new(rows).unwrap(),
        };
        let (shown, more) = page(
            entries.to_vec(),
            &question,
            |entry| entry.0,
            |entry| entry.1,
        );
        let ids = shown.iter().map(|(place, _)| place.id.uuid().as_u128());
        (ids.collect(), more)
    }

    #[test]
    fn pages_lead_from_new_to_old_and_back_with_ties() {
        let entries = [(5, 1), (5, 3), (5, 2), (9, 4), (1, 5)].map(|(at, id)| (place(at, id), 0));
        assert_eq!(ask(AuditStart::Newest, 2, &entries), (vec![4, 3], true));
        assert_eq!(
            ask(AuditStart::OlderThan(place(5, 3)), 2, &entries),
            (vec![2, 1], true)
        );
        assert_eq!(
            ask(AuditStart::OlderThan(place(5, 1)), 2, &entries),
            (vec![5], false)
        );
        assert_eq!(
            ask(AuditStart::NewerThan(place(1, 5)), 2, &entries),
            (vec![2, 1], true)
        );
        assert_eq!(
            ask(AuditStart::NewerThan(place(5, 2)), 5, &entries),
            (vec![4, 3], false)
        );
    }

    #[test]
    fn long_details_end_a_page_but_one_is_always_shown() {
        let most = AuditPage::MAX_DETAIL_BYTES;
        let entries =
            [(1, most), (2, most / 2), (3, most / 2), (4, most + 1)].map(|(at, bytes)| {
                let id = u128::try_from(at).unwrap();
                (place(at, id), bytes)
            });
        assert_eq!(ask(AuditStart::Newest, 9, &entries), (vec![4], true));
        let behind = AuditStart::OlderThan(place(4, 4));
        assert_eq!(ask(behind, 9, &entries), (vec![3, 2], true));
        let before = AuditStart::NewerThan(place(1, 1));
        assert_eq!(ask(before, 9, &entries), (vec![3, 2], true));
    }
}
