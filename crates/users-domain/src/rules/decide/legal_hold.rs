//! Keeping a user from deletion and erasure, and no longer doing so. A deleted user can be kept as well.

use super::IfMatch;
use crate::model::{Operation, Reason, Stamp};
use crate::rules::Facts;
use crate::rules::{ChangeSet, Decision, Outcome, Rejection, UserChange};

/// The wish for a legal hold, or for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegalHoldWish {
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
    wish: &LegalHoldWish,
    if_match: Option<&IfMatch>,
    stamp: &Stamp,
) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    if if_match.is_some_and(|condition| !condition.holds(&user.record)) {
        return Rejection::VersionMismatch.into();
    }
    let change = match (&user.record.legal_hold, wish) {
        (Some(hold), LegalHoldWish::Set { reason }) if hold.reason == *reason => None,
        (None, LegalHoldWish::Lifted) => None,
        (_, LegalHoldWish::Set { reason }) => Some(UserChange::LegalHoldSet {
            reason: reason.clone(),
        }),
        (Some(_), LegalHoldWish::Lifted) => Some(UserChange::LegalHoldLifted),
    };
    change
        .and_then(|change| ChangeSet::record(facts, &[change], Operation::ManageLegalHolds, stamp))
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
    use crate::rules::fixtures::{changed, create, created, facts, stamp};

    fn set(reason: &str) -> LegalHoldWish {
        LegalHoldWish::Set {
            reason: Reason::parse(reason).unwrap(),
        }
    }

    fn decide(user: User, wish: &LegalHoldWish) -> Decision {
        decide_legal_hold(&facts(user), wish, None, &stamp(Role::Owner, 5_000))
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
        let change = changed(decide(held(), &LegalHoldWish::Lifted));
        assert_eq!(change.user().record.legal_hold, None);
        assert_eq!(change.audit()[0].header.kind, ActivityKind::LegalHoldLifted);
        let free = decide(change.user().clone(), &LegalHoldWish::Lifted);
        assert_eq!(free.outcome, Outcome::Unchanged);
    }

    #[test]
    fn who_is_held_is_not_deleted_and_the_attempt_is_noted() {
        let decision = decide_delete(&facts(held()), &stamp(Role::Owner, 9_000));
        let Outcome::Refused(Rejection::UnderLegalHold { vendor_data }) = decision.outcome else {
            panic!("deleted")
        };
        assert_eq!(vendor_data.as_str(), "ada");
        let [note] = decision.notes.as_slice() else {
            panic!("one note")
        };
        assert_eq!(note.header.kind, ActivityKind::DeletionRefused);
        let free = changed(decide(held(), &LegalHoldWish::Lifted))
            .user()
            .clone();
        let deleted = changed(decide_delete(&facts(free), &stamp(Role::Owner, 9_000)));
        assert!(deleted.user().record.deleted_at.is_some());
    }

    #[test]
    fn another_version_is_not_touched() {
        let condition = IfMatch::OneOf(vec![]);
        let stamp = stamp(Role::Owner, 1);
        let decision = decide_legal_hold(&facts(held()), &set("x"), Some(&condition), &stamp);
        assert_eq!(
            decision.outcome,
            Outcome::Refused(Rejection::VersionMismatch)
        );
        let nobody = decide_legal_hold(&Facts::default(), &set("x"), None, &stamp);
        assert_eq!(nobody.outcome, Outcome::Refused(Rejection::UserNotFound));
    }
}
