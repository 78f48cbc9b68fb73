//! Notes of refused and ignored changes.

use users_domain::model::{ActivityKind, Json, UserField, UserStatus};
use users_domain::ports::WriteError;
use users_domain::rules::{Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, base_time, by_name, display_name, to_status};

/// Ignored fields and refused transitions are noted with a change, without a change, and with a refusal.
pub async fn notes_are_written_also_if_nothing_changes(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let ada = tenant.has(a_user("ada")).await;
    let kinds = async || {
        let rows = subject.inspect.audit_entries(tenant.id(), ada.record.id).await;
        let mut kinds: Vec<_> = rows.into_iter().map(|row| row.kind).collect();
        kinds.sort();
        kinds
    };
    let (created, ignored) = (ActivityKind::Created, ActivityKind::ReadOnlyRefused);
    let edited = ActivityKind::ProfileUpdated;

    let nothing_else = tenant.update(by_name("ada"), read_only_edit(Patch::Absent));
    let written = tenant.write(nothing_else).await.expect("no refusal");
    assert!(!written.changed);
    assert_eq!(written.ignored, [UserField::SessionCount]);
    assert_eq!(written.user, ada);
    assert_eq!(kinds().await, [created, ignored].map(ActivityKind::as_str));

    tenant.clock.advance(60_000_000);
    let name = Patch::Set(display_name("Ada"));
    let with_change = tenant.update(by_name("ada"), read_only_edit(name));
    let written = tenant.write(with_change).await.expect("no refusal");
    assert!(written.changed);
    assert_eq!(written.ignored, [UserField::SessionCount]);
    let expected = [created, edited, ignored, ignored].map(ActivityKind::as_str);
    assert_eq!(kinds().await, expected);

    for to in [UserStatus::Blocked, UserStatus::Flagged] {
        let answer = tenant.write(tenant.change_status(by_name("ada"), to_status(to))).await;
        assert_eq!(answer.is_ok(), to == UserStatus::Blocked);
        assert!(!matches!(answer, Err(WriteError::Contended)));
    }
    let refused = ActivityKind::TransitionRefused.as_str();
    assert!(kinds().await.iter().any(|kind| kind == refused));
    tenant.assert_stored_as_decided().await;
}

/// The same attempt twice within a minute creates one entry, also within one call. The first entry does not change.
pub async fn a_note_whose_id_exists_changes_nothing(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    tenant.clock.set(base_time());
    let ada = tenant.has(a_user("ada")).await;
    let attempt = || tenant.update(by_name("ada"), read_only_edit(Patch::Absent));
    let rows = async || subject.inspect.audit_entries(tenant.id(), ada.record.id).await;

    let twice = vec![attempt(), attempt()];
    for answer in tenant.commit(twice).await {
        assert!(!answer.expect("no refusal").changed);
    }
    let first = rows().await;
    assert_eq!(first.len(), 2, "the creation and one note");
    tenant.write(attempt()).await.expect("no refusal");
    assert_eq!(rows().await.len(), first.len());
    tenant.assert_stored_as_decided().await;

    tenant.clock.advance(60_000_000);
    tenant.write(attempt()).await.expect("no refusal");
    assert_eq!(rows().await.len(), first.len() + 1, "another minute, another note");
    tenant.assert_stored_as_decided().await;
}

/// An edit that also sends a counter with a value it does not have.
fn read_only_edit(display_name: Patch<users_domain::model::DisplayName>) -> UpdateUser {
    UpdateUser {
        display_name,
        read_only: [(UserField::SessionCount, Some(Json::count(99)))].into(),
        ..UpdateUser::default()
    }
}
