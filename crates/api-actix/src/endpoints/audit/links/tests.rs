use testkit::base_time;

use super::*;

fn place(id: u128) -> AuditPlace {
    AuditPlace { at: base_time(), id: AuditId::new(Uuid::from_u128(id)) }
}

#[test]
fn an_empty_page_links_back_to_its_start() {
    let empty = AuditPage { entries: Vec::new(), more: false };
    assert_eq!(neighbours(AuditStart::Newest, &empty), (None, None));
    assert_eq!(
        neighbours(AuditStart::OlderThan(place(7)), &empty),
        (None, Some(AuditStart::NewerThan(place(6))))
    );
    assert_eq!(
        neighbours(AuditStart::NewerThan(place(7)), &empty),
        (Some(AuditStart::OlderThan(place(8))), None)
    );
}
