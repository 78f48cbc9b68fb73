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
    let query =
        ListAudit { filter: AuditFilter::default(), start, size: PageSize::new(rows).unwrap() };
    let (shown, more) = page(entries.to_vec(), &query, |entry| entry.0, |entry| entry.1);
    let ids = shown.iter().map(|(place, _)| place.id.uuid().as_u128());
    (ids.collect(), more)
}

#[test]
fn pages_go_backward_and_forward_with_equal_times() {
    let entries = [(5, 1), (5, 3), (5, 2), (9, 4), (1, 5)].map(|(at, id)| (place(at, id), 0));
    assert_eq!(paged(AuditStart::Newest, 2, &entries), (vec![4, 3], true));
    assert_eq!(paged(AuditStart::OlderThan(place(5, 3)), 2, &entries), (vec![2, 1], true));
    assert_eq!(paged(AuditStart::OlderThan(place(5, 1)), 2, &entries), (vec![5], false));
    assert_eq!(paged(AuditStart::NewerThan(place(1, 5)), 2, &entries), (vec![2, 1], true));
    assert_eq!(paged(AuditStart::NewerThan(place(5, 2)), 5, &entries), (vec![4, 3], false));
}

#[test]
fn long_details_shorten_a_page_to_at_least_one_entry() {
    let most = AuditPage::MAX_DETAIL_BYTES;
    let entries = [(1, most), (2, most / 2), (3, most / 2), (4, most + 1)].map(|(at, bytes)| {
        let id = u128::try_from(at).unwrap();
        (place(at, id), bytes)
    });
    assert_eq!(paged(AuditStart::Newest, 9, &entries), (vec![4], true));
    let behind = AuditStart::OlderThan(place(4, 4));
    assert_eq!(paged(behind, 9, &entries), (vec![3, 2], true));
    let before = AuditStart::NewerThan(place(1, 1));
    assert_eq!(paged(before, 9, &entries), (vec![3, 2], true));
}
