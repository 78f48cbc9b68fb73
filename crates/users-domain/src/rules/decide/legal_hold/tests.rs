use super::*;
use crate::model::{ActivityKind, LegalHold, Role, User, UserField};
use crate::rules::fixtures::{changed, context, create, created, facts};
use crate::rules::{Outcome, Rejection, decide_delete};

fn set(reason: &str) -> LegalHoldCommand {
    LegalHoldCommand::Set { reason: Reason::parse(reason).unwrap() }
}

fn decide(user: User, command: &LegalHoldCommand) -> Decision {
    decide_legal_hold(&facts(user), command, None, &context(Role::Owner, 5_000))
}

fn held() -> User {
    changed(decide(created(&create("ada")), &set("a lawsuit"))).user().clone()
}

#[test]
fn a_hold_writes_an_audit_entry_and_no_event() {
    let change = changed(decide(created(&create("ada")), &set("a lawsuit")));
    let user = &change.user().record;
    let hold = user.legal_hold.clone().unwrap();
    assert_eq!((hold.since, hold.reason.as_str()), (user.updated_at, "a lawsuit"));
    assert_eq!((user.version, user.sequence), (2, 1));
    assert_eq!(change.events(), []);
    let [entry] = change.audit() else { panic!("one entry") };
    assert_eq!(entry.header.kind, ActivityKind::LegalHoldSet);
    assert_eq!(entry.header.fields, [UserField::LegalHold]);
    assert_eq!(entry.detail.comment.as_deref(), Some("a lawsuit"));
}

#[test]
fn a_new_reason_keeps_the_start_and_the_same_one_changes_nothing() {
    let user = held();
    let since = user.record.legal_hold.as_ref().unwrap().since;
    let again = changed(decide(user.clone(), &set("two lawsuits")));
    let expected = LegalHold { since, reason: Reason::parse("two lawsuits").unwrap() };
    assert_eq!(again.user().record.legal_hold, Some(expected));
    assert_eq!(decide(user, &set("a lawsuit")).outcome, Outcome::Unchanged);
}

#[test]
fn lifting_removes_a_hold_and_changes_nothing_without_one() {
    let change = changed(decide(held(), &LegalHoldCommand::Lifted));
    assert_eq!(change.user().record.legal_hold, None);
    assert_eq!(change.audit()[0].header.kind, ActivityKind::LegalHoldLifted);
    let free = decide(change.user().clone(), &LegalHoldCommand::Lifted);
    assert_eq!(free.outcome, Outcome::Unchanged);
}

#[test]
fn deleting_a_held_user_is_refused_and_recorded() {
    let decision = decide_delete(&facts(held()), &context(Role::Owner, 9_000));
    let Outcome::Refused(Rejection::UnderLegalHold { vendor_data }) = decision.outcome else {
        panic!("deleted")
    };
    assert_eq!(vendor_data.as_str(), "ada");
    let [note] = decision.notes.as_slice() else { panic!("one note") };
    assert_eq!(note.header.kind, ActivityKind::DeletionRefused);
    let free = changed(decide(held(), &LegalHoldCommand::Lifted)).user().clone();
    let deleted = changed(decide_delete(&facts(free), &context(Role::Owner, 9_000)));
    assert!(deleted.user().record.deleted_at.is_some());
}

#[test]
fn a_version_mismatch_is_refused() {
    let condition = IfMatch::OneOf(vec![]);
    let context = context(Role::Owner, 1);
    let decision = decide_legal_hold(&facts(held()), &set("x"), Some(&condition), &context);
    assert_eq!(decision.outcome, Outcome::Refused(Rejection::VersionMismatch));
    let missing = decide_legal_hold(&Facts::default(), &set("x"), None, &context);
    assert_eq!(missing.outcome, Outcome::Refused(Rejection::UserNotFound));
}
