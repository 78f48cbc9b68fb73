//! Appending entries that belong to no change.

use users_domain::model::{AuditEntry, AuditRecord, KeyKind, Operation, RequestId, Role};
use users_domain::ports::StoreError;
use users_domain::rules::refusal_entry;

use super::AuditSubject;
use super::scene::{Scene, everything};
use crate::{a_caller, unique_seed};

/// One refusal entry per operation, all by one new key of the scene's tenant.
fn refusals(scene: &Scene, operations: &[Operation]) -> Vec<AuditEntry> {
    let tenant = &scene.tenant;
    let reader = a_caller(&tenant.application, KeyKind::Role(Role::Reader));
    let at = tenant.context().at;
    let entry = |operation: &Operation| {
        refusal_entry(tenant.id(), *operation, &reader.context(at, unique_seed()))
    };
    operations.iter().map(entry).collect()
}

/// The same entry with another salt, request and detail, later in the same minute.
fn repeated(entry: &AuditEntry) -> AuditEntry {
    let mut again = entry.clone();
    again.salt.0 = unique_seed();
    again.header.request_id = RequestId::parse("another").expect("a request id");
    again.header.at = again.header.at.next_microsecond();
    again.detail.comment = Some("another".to_owned());
    again
}

/// Covers the same id twice in one call, a call that also contains new entries, and concurrent calls.
pub async fn an_entry_with_a_known_id_is_not_overwritten(subject: &AuditSubject) {
    let mut scene = Scene::empty(subject).await;
    let id = scene.tenant.id();
    let [first, second]: [AuditEntry; 2] =
        refusals(&scene, &[Operation::DeleteUsers, Operation::UpdateUser])
            .try_into()
            .expect("two entries");
    let calls = [
        vec![first.clone(), repeated(&first)],
        vec![repeated(&first)],
        vec![repeated(&first), second.clone()],
    ];
    for entries in calls {
        let appended = subject.trail.append(id, entries).await;
        appended.expect("the store answers");
    }
    scene.appended = vec![first, second];
    scene.assert_page(subject, &everything()).await;

    let (one, other) = tokio::join!(
        subject.trail.append(id, refusals(&scene, &[Operation::GetUser])),
        subject.trail.append(id, refusals(&scene, &[Operation::GetUser])),
    );
    assert_eq!((one, other), (Ok(()), Ok(())));
    let page = scene.ask(subject, &everything()).await;
    assert_eq!(page.entries.len(), 4, "two keys, two entries");
}

/// An entry of another application is rejected together with all other entries of the call.
pub async fn appended_entries_are_written_all_or_none(subject: &AuditSubject) {
    let mut scene = Scene::empty(subject).await;
    let id = scene.tenant.id();
    let operations = [Operation::DeleteUsers, Operation::UpdateUser, Operation::ListUsers];
    let entries = refusals(&scene, &operations);
    let mut broken = entries.clone();
    let elsewhere = Scene::empty(subject).await;
    broken.last_mut().expect("an entry").header.application = elsewhere.tenant.id();
    let refused = subject.trail.append(id, broken).await;
    assert!(matches!(refused, Err(StoreError::Defect { .. })));
    for scene in [&scene, &elsewhere] {
        assert_eq!(scene.ask(subject, &everything()).await.entries, []);
    }

    let appended = subject.trail.append(id, entries.clone()).await;
    assert_eq!(appended, Ok(()));
    scene.appended = entries;
    let page = scene.assert_page(subject, &everything()).await;
    let mut ids: Vec<_> = page.entries.iter().map(AuditRecord::place).collect();
    ids.dedup();
    assert_eq!(ids.len(), operations.len());
    assert_eq!(subject.trail.append(id, Vec::new()).await, Ok(()));
}
