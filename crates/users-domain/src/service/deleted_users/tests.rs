use super::*;
use crate::model::{KeyKind, Role};
use crate::ports::{MockDeletedUserReader, MockIdempotencyStore, MockUserStore};
use crate::rules::fixtures::{create, created};
use crate::service::fixtures::{caller, clock, entropy};

fn service(store: MockUserStore, deleted: MockDeletedUserReader) -> DeletedUserService {
    DeletedUserService::new(
        Arc::new(store),
        Arc::new(deleted),
        Arc::new(MockIdempotencyStore::new()),
        clock(),
        entropy(),
        Duration::from_mins(1),
    )
}

fn name(text: &str) -> VendorData {
    VendorData::parse(text).unwrap()
}

#[tokio::test]
async fn forbidden_roles_never_reach_a_port() {
    let service = service(MockUserStore::new(), MockDeletedUserReader::new());
    for kind in
        [KeyKind::Role(Role::ComplianceOfficer), KeyKind::Role(Role::Developer), KeyKind::Service]
    {
        let caller = caller(kind);
        let page = service.list(&caller, None, PageSize::DEFAULT).await;
        assert_eq!(page, Err(ServiceError::Forbidden));
        let restored = service.restore(&caller, &RestoreUsers::default(), None).await;
        assert_eq!(restored, Err(ServiceError::Forbidden));
    }
}

#[tokio::test]
async fn a_page_reports_whether_another_page_follows() {
    let mut deleted = MockDeletedUserReader::new();
    deleted.expect_list().returning(|_, _, limit| {
        let mut user = created(&create("ada")).record;
        user.deleted_at = Some(user.created_at);
        Ok(vec![user; limit.min(3)])
    });
    let service = service(MockUserStore::new(), deleted);
    let owner = caller(KeyKind::Role(Role::Owner));
    for (rows, follows) in [(1, true), (2, true), (3, false), (4, false)] {
        let size = PageSize::new(rows).unwrap();
        let page = service.list(&owner, None, size).await.unwrap();
        assert_eq!(page.next.is_some(), follows, "{rows}");
        assert_eq!(page.rows.len(), size.rows().min(3));
    }
}

#[tokio::test]
async fn conflicts_are_reported_once_and_other_rejections_are_not_counted() {
    let mut deleted = MockDeletedUserReader::new();
    deleted.expect_candidates().returning(|_, _, _| {
        let names = ["eve", "ada", "ada", "bob"];
        let candidate =
            |(number, text): (u128, &str)| (UserId::new(uuid::Uuid::from_u128(number)), name(text));
        Ok((0..).zip(names).map(candidate).collect())
    });
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, mutations| {
        assert_eq!(mutations.len(), 4);
        let refused = |rejection: Rejection| Err(WriteError::Refused(rejection));
        Ok(vec![
            refused(Rejection::VendorDataTaken),
            refused(Rejection::VendorDataTaken),
            refused(Rejection::VendorDataTaken),
            refused(Rejection::RetentionOver),
        ])
    });
    let owner = caller(KeyKind::Role(Role::Owner));
    let command = RestoreUsers { names: vec![name("ada")], ids: Vec::new() };
    let done = service(store, deleted).restore(&owner, &command, None).await;
    let expected = Restoration { restored: 0, conflicts: vec![name("ada"), name("eve")] };
    assert_eq!(done, Ok(Answered::Fresh(expected)));
}
