use key_ring::{KeyRing, Secret};
use testkit::base_time;
use users_domain::model::ApplicationId;
use uuid::Uuid;

use super::*;
use crate::http::cursor::Cursor;

#[test]
fn a_cursor_with_every_filter_fits_and_opens() {
    let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
    let scope = Scope::new(&keys, ApplicationId::new(Uuid::max()), "deliveries", b"");
    let filter = AttemptFilter {
        created_at: TimeRange { from: Some(Timestamp::UNIX_EPOCH), before: Some(base_time()) },
        outcomes: Some(AttemptOutcome::ALL.to_vec()),
    };
    let (created_at, id) = (base_time(), AttemptId::new(Uuid::max()));
    for filter in [filter, AttemptFilter::default()] {
        let cursor =
            Cursor { place: RowAt::new(created_at, id.uuid()), parameters: parameters(&filter) };
        let text = cursor.seal(&scope).unwrap();
        assert!(text.len() <= MAX_CURSOR_CHARACTERS, "{}", text.len());
        let pairs = [("cursor".to_owned(), text)];
        let mut reader = Reader::new(&pairs);
        let page = read(&mut reader, &scope);
        let page = reader.checked(page).unwrap();
        assert_eq!(page.query.filter, filter);
        assert_eq!(page.query.start, AttemptStart::After { created_at, id });
    }
}
