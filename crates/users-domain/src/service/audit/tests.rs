use uuid::Uuid;

use super::*;
use crate::model::{ActivityKind, AuditFilter, KeyKind, Role};
use crate::ports::{MockAuditReader, MockAuditTrail};
use crate::service::fixtures::{APPLICATION, caller, clock, entropy, unavailable};

fn service(reader: MockAuditReader, trail: MockAuditTrail) -> AuditService {
    AuditService::new(Arc::new(reader), Arc::new(trail), clock(), entropy())
}

fn unfiltered() -> ListAudit {
    ListAudit { filter: AuditFilter::default(), start: AuditStart::Newest, size: PageSize::DEFAULT }
}

fn empty() -> AuditPage {
    AuditPage { entries: Vec::new(), more: false }
}

#[tokio::test]
async fn only_permitted_roles_reach_the_audit_reader() {
    let name = VendorData::parse("ada").unwrap();
    let kinds = Role::ALL.map(KeyKind::Role);
    for kind in kinds.into_iter().chain([KeyKind::Service]) {
        let mut reader = MockAuditReader::new();
        let reads_log =
            matches!(kind, KeyKind::Role(Role::Owner | Role::Admin | Role::ComplianceOfficer));
        let reads_users = kind != KeyKind::Service;
        reader.expect_list().times(usize::from(reads_log)).returning(|_, _| Ok(empty()));
        reader
            .expect_activity()
            .times(usize::from(reads_users))
            .returning(|_, _, _, _| Ok(Some(empty())));
        let service = service(reader, MockAuditTrail::new());
        let caller = caller(kind);
        let listed = service.list(&caller, &unfiltered()).await;
        assert_eq!(listed.is_ok(), reads_log, "{kind:?}");
        let activity = service.activity(&caller, &name, AuditStart::Newest, PageSize::DEFAULT);
        assert_eq!(activity.await.is_ok(), reads_users, "{kind:?}");
    }
}

#[tokio::test]
async fn activity_of_an_unknown_user_is_not_found() {
    let mut reader = MockAuditReader::new();
    reader.expect_activity().returning(|_, _, _, _| Ok(None));
    let service = service(reader, MockAuditTrail::new());
    let (name, caller) = (VendorData::parse("ada").unwrap(), caller(KeyKind::Role(Role::Reader)));
    let activity = service.activity(&caller, &name, AuditStart::Newest, PageSize::DEFAULT);
    assert_eq!(activity.await, Err(ServiceError::Refused(Rejection::UserNotFound)));
}

#[tokio::test]
async fn entries_are_appended_per_application() {
    let other = ApplicationId::new(Uuid::from_u128(2));
    let mut trail = MockAuditTrail::new();
    trail.expect_append().times(2).returning(|application, entries| {
        assert!(entries.iter().all(|entry| entry.header.application == application));
        if application == APPLICATION {
            assert_eq!(entries.len(), 2);
            Err(unavailable())
        } else {
            assert_eq!(entries.len(), 1);
            Ok(())
        }
    });
    let service = service(MockAuditReader::new(), trail);
    let reader = caller(KeyKind::Role(Role::Reader));
    let refusal = |operation| service.refusal(&reader, operation);
    let mut other_entry = refusal(Operation::DeleteUsers);
    assert_eq!(other_entry.header.kind, ActivityKind::PermissionRefused);
    other_entry.header.application = other;
    let entries =
        vec![refusal(Operation::DeleteUsers), other_entry, refusal(Operation::CreateUser)];
    assert_eq!(service.append(entries).await, Err(unavailable()));
}
