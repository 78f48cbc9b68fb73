//! Keeping a user from deletion and erasure, and no longer doing so. A deleted user can be kept as well.

use super::IfMatch;
use crate::model::{CommandContext, Operation, Reason};
use crate::rules::Facts;
use crate::rules::{ChangeSet, Decision, Outcome, Rejection, UserChange};

/// The command for a legal hold, or for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegalHoldCommand {
    /// The user is to be kept.
    Set {
        /// Why, in words.
        reason: Reason,
    },
    /// The user is to be as others.
    Lifted,
}

/// Sets, changes or lifts the legal hold. What is so already changes nothing.
#[must_use]
pub fn decide_legal_hold(
    facts: &Facts,
    command: &LegalHoldCommand,
    if_match: Option<&IfMatch>,
    context: &CommandContext,
) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    if if_match.is_some_and(|condition| !condition.holds(&user.record)) {
        return Rejection::VersionMismatch.into();
    }
    let change = match (&user.record.legal_hold, command) {
        (Some(hold), LegalHoldCommand::Set { reason }) if hold.reason == *reason => None,
        (None, LegalHoldCommand::Lifted) => None,
        (_, LegalHoldCommand::Set { reason }) => Some(UserChange::LegalHoldSet {
            reason: reason.clone(),
        }),
        (Some(_), LegalHoldCommand::Lifted) => Some(UserChange::LegalHoldLifted),
    };
    change
        .and_then(|change| {
            ChangeSet::record(facts, &[change], Operation::ManageLegalHolds, context)
        })
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActivityKind, LegalHold, Role, User, UserField};
    use crate::rules::decide_delete;
    use crate::rules::fixtures::{changed, context, create, created, facts};

    fn set(reason: &str) -> LegalHoldCommand {
        LegalHoldCommand::Set {
            reason: Reason::parse(reason).unwrap(),
        }
    }

    fn decide(user: User, command: &LegalHoldCommand) -> Decision {
        decide_legal_hold(&facts(user), command, None, &context(Role::Owner, 5_000))
    }

    fn held() -> User {
        changed(decide(created(&create("ada")), &set("a lawsuit")))
            .user()
            .clone()
    }

    #[test]
    fn a_hold_is_a_change_with_its_entry_and_without_an_event() {
        let change = changed(decide(created(&create("ada")), &set("a lawsuit")));
        let user = &change.user().record;
        let hold = user.legal_hold.clone().unwrap();
        assert_eq!(
            (hold.since, hold.reason.as_str()),
            (user.updated_at, "a lawsuit")
        );
        assert_eq!((user.version, user.sequence), (2, 1));
        assert_eq!(change.events(), []);
        let [entry] = change.audit() else {
            panic!("one entry")
        };
        assert_eq!(entry.header.kind, ActivityKind::LegalHoldSet);
        assert_eq!(entry.header.fields, [UserField::LegalHold]);
        assert_eq!(entry.detail.comment.as_deref(), Some("a lawsuit"));
    }

    #[test]
    fn another_reason_does_not_begin_it_anew_and_the_same_one_is_nothing() {
        let user = held();
        let since = user.record.legal_hold.as_ref().unwrap().since;
        let again = changed(decide(user.clone(), &set("two lawsuits")));
        let expected = LegalHold {
            since,
            reason: Reason::parse("two lawsuits").unwrap(),
        };
        assert_eq!(again.user().record.legal_hold, Some(expected));
        assert_eq!(decide(user, &set("a lawsuit")).outcome, Outcome::Unchanged);
    }

    #[test]
    fn a_lifted_hold_is_gone_and_lifting_nothing_is_nothing() {
        let change = changed(decide(held(), &LegalHoldCommand::Lifted));
        assert_eq!(change.user().record.legal_hold, None);
        assert_eq!(change.audit()[0].header.kind, ActivityKind::LegalHoldLifted);
        let free = decide(change.user().clone(), &LegalHoldCommand::Lifted);
        assert_eq!(free.outcome, Outcome::Unchanged);
    }

    #[test]
    fn who_is_held_is_not_deleted_and_the_attempt_is_noted() {
        let decision = decide_delete(&facts(held()), &context(Role::Owner, 9_000));
        let Outcome::Refused(Rejection::UnderLegalHold { vendor_data }) = decision.outcome else {
            panic!("deleted")
        };
        assert_eq!(vendor_data.as_str(), "ada");
        let [note] = decision.notes.as_slice() else {
            panic!("one note")
        };
        assert_eq!(note.header.kind, ActivityKind::DeletionRefused);
        let free = changed(decide(held(), &LegalHoldCommand::Lifted))
            .user()
            .clone();
        let deleted = changed(decide_delete(&facts(free), &context(Role::Owner, 9_000)));
        assert!(deleted.user().record.deleted_at.is_some());
    }

    #[test]
    fn another_version_is_not_touched() {
        let condition = IfMatch::OneOf(vec![]);
        let context = context(Role::Owner, 1);
        let decision = decide_legal_hold(&facts(held()), &set("x"), Some(&condition), &context);
        assert_eq!(
            decision.outcome,
            Outcome::Refused(Rejection::VersionMismatch)
        );
        let nobody = decide_legal_hold(&Facts::default(), &set("x"), None, &context);
        assert_eq!(nobody.outcome, Outcome::Refused(Rejection::UserNotFound));
    }
}
