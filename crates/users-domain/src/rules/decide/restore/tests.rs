use super::*;
use crate::model::evidence::History;
use crate::model::{ActivityKind, EventPayload, Role, User, UserRecord};
use crate::rules::fixtures::{changed, context, create, created, facts, verified};
use crate::rules::{CreateUser, decide_delete};

const DAY_MICROS: i64 = 86_400_000_000;

fn deleted(user: User) -> User {
    changed(decide_delete(&facts(user), &context(Role::Owner, 5_000))).user().clone()
}

fn with_history(user: User) -> Facts {
    Facts { history: Some(History::default()), ..facts(user) }
}

fn decide(facts: &Facts, at_micros: i64) -> Decision {
    let retention = RetentionDays::new(1).unwrap();
    decide_restore(facts, retention, &context(Role::Owner, at_micros))
}

#[test]
fn a_restored_user_is_as_before_its_deletion() {
    let before = created(&create("ada"));
    let change = changed(decide(&with_history(deleted(before.clone())), 9_000));
    let after = &change.user().record;
    let expected =
        UserRecord { version: 3, sequence: 3, updated_at: after.updated_at, ..before.record };
    assert_eq!(*after, expected);
    assert_eq!(change.user().metadata, before.metadata);
    assert_eq!(change.audit()[0].header.kind, ActivityKind::Restored);
    let payloads: Vec<_> = change.events().iter().map(|event| &event.payload).collect();
    assert_eq!(payloads, [&EventPayload::Restored]);
}

#[test]
fn later_reports_are_counted_and_sent_in_a_second_event() {
    // The history is empty: all sessions in the record were overturned after the deletion.
    let change = changed(decide(&with_history(deleted(verified())), 9_000));
    assert!(!change.user().record.is_verified());
    let kinds: Vec<_> = change.audit().iter().map(|entry| entry.header.kind).collect();
    assert_eq!(kinds, [ActivityKind::Restored, ActivityKind::Recounted]);
    let [restored, edited] = change.events() else { panic!("two events") };
    assert_eq!(restored.payload, EventPayload::Restored);
    assert!(matches!(edited.payload, EventPayload::Edited { .. }));
}

#[test]
fn a_restored_user_gets_the_block_of_a_user_deleted_later() {
    for (status, kinds) in [
        (
            UserStatus::Active,
            vec![ActivityKind::Restored, ActivityKind::StatusChanged, ActivityKind::Comment],
        ),
        (UserStatus::Blocked, vec![ActivityKind::Restored]),
    ] {
        let command = CreateUser { status: Some(status), ..create("ada") };
        let left = Facts { block_left: true, ..with_history(deleted(created(&command))) };
        let change = changed(decide(&left, 9_000));
        assert_eq!(change.user().record.status, UserStatus::Blocked);
        let entered: Vec<_> = change.audit().iter().map(|entry| entry.header.kind).collect();
        assert_eq!(entered, kinds);
    }
}

#[test]
fn restoring_fails_after_the_retention_or_if_the_name_is_taken() {
    let deleted_user = deleted(created(&create("ada")));
    let last = DAY_MICROS + 4_999;
    changed(decide(&with_history(deleted_user.clone()), last));
    let over = decide(&with_history(deleted_user.clone()), last + 1);
    assert_eq!(over.outcome, Outcome::Refused(Rejection::RetentionOver));
    let taken = Facts { name_taken: true, ..with_history(deleted_user.clone()) };
    assert_eq!(decide(&taken, 9_000).outcome, Outcome::Refused(Rejection::VendorDataTaken));
    assert_eq!(decide(&facts(deleted_user), 9_000).outcome, Outcome::NeedsHistory);
    let existing = with_history(created(&create("ada")));
    assert_eq!(decide(&existing, 9_000).outcome, Outcome::Unchanged);
}
