use key_ring::{KeyRing, Secret};
use testkit::{base_time, vendor_data};
use users_domain::model::{ApplicationId, AuditId, AuditPlace, Timestamp};
use uuid::Uuid;

use super::*;
use crate::http::cursor::Cursor;

#[test]
fn a_cursor_with_every_filter_fits_and_opens() {
    let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
    let scope = Scope::new(&keys, ApplicationId::new(Uuid::max()), "audit log", b"");
    let filter = AuditFilter {
        actor: Some(KeyId::new(Uuid::max())),
        operation: Some(Operation::ReportTransactions),
        vendor_data: Some(vendor_data(&"\"".repeat(VendorData::MAX_BYTES))),
        at: TimeRange { from: Some(Timestamp::UNIX_EPOCH), before: Some(base_time()) },
        request_id: RequestId::parse(&"r".repeat(RequestId::MAX_CHARACTERS)).ok(),
    };
    let place = AuditPlace { at: base_time(), id: AuditId::new(Uuid::max()) };
    for (start, filter) in [
        (AuditStart::OlderThan(place), AuditFilter::default()),
        (AuditStart::NewerThan(place), filter),
    ] {
        let cursor = Cursor { place: Place::of(start), parameters: parameters(&filter) };
        let text = cursor.seal(&scope).unwrap();
        assert!(text.len() <= MAX_CURSOR_CHARACTERS, "{}", text.len());
        let pairs = [("cursor".to_owned(), text)];
        let mut reader = Reader::new(&pairs);
        let page = read_page(&mut reader, &scope, super::filter);
        let page = reader.checked(page).unwrap();
        assert_eq!((page.start, page.filter), (start, filter));
    }
}
