//! Bringing a deleted user back, as it was.

use super::Recount;
use super::begun::LEFT;
use crate::model::{CommandContext, Operation, RetentionDays, UserStatus};
use crate::rules::erasure::erasable_at;
use crate::rules::status_machine::trigger_of;
use crate::rules::{ChangeSet, Decision, Facts, Outcome, Rejection, UserChange};

/// Restores the user, unless its retention is over or its name belongs to somebody by now. What was reported of its sessions
/// while it was gone counts from now on, and the block of who was deleted last of its name is its own. A user that is there
/// stays as it is.
#[must_use]
pub fn decide_restore(
    facts: &Facts,
    retention: RetentionDays,
    context: &CommandContext,
) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    let Some(deleted_at) = user.record.deleted_at else {
        return Outcome::Unchanged.into();
    };
    if context.at >= erasable_at(deleted_at, retention) {
        return Rejection::RetentionOver.into();
    }
    if facts.name_taken {
        return Rejection::VendorDataTaken.into();
    }
    let Some(history) = &facts.history else {
        return Outcome::NeedsHistory.into();
    };
    let mut changes = vec![UserChange::Restored];
    let from = user.record.status;
    if facts.block_left && from != UserStatus::Blocked {
        changes.push(UserChange::StatusChanged {
            from,
            to: UserStatus::Blocked,
            trigger: trigger_of(context.actor.role()),
            reason: None,
        });
        changes.push(UserChange::Remarked(format!(
            "{LEFT}; the block holds for this one"
        )));
    }
    let recount = Recount::of(history);
    if !recount.differences(&user.record).is_empty() {
        changes.push(UserChange::Recounted(Box::new(recount)));
    }
    ChangeSet::record(facts, &changes, Operation::RestoreUsers, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::evidence::History;
    use crate::model::{ActivityKind, EventPayload, Role, User, UserRecord};
    use crate::rules::fixtures::{changed, context, create, created, facts, verified};
    use crate::rules::{CreateUser, decide_delete};

    const DAY_MICROS: i64 = 86_400_000_000;

    fn deleted(user: User) -> User {
        changed(decide_delete(&facts(user), &context(Role::Owner, 5_000)))
            .user()
            .clone()
    }

    fn on(user: User) -> Facts {
        Facts {
            history: Some(History::default()),
            ..facts(user)
        }
    }

    fn decide(facts: &Facts, at_micros: i64) -> Decision {
        let retention = RetentionDays::new(1).unwrap();
        decide_restore(facts, retention, &context(Role::Owner, at_micros))
    }

    #[test]
    fn what_comes_back_is_what_was_there() {
        let before = created(&create("ada"));
        let change = changed(decide(&on(deleted(before.clone())), 9_000));
        let after = &change.user().record;
        let expected = UserRecord {
            version: 3,
            sequence: 3,
            updated_at: after.updated_at,
            ..before.record
        };
        assert_eq!(*after, expected);
        assert_eq!(change.user().metadata, before.metadata);
        assert_eq!(change.audit()[0].header.kind, ActivityKind::Restored);
        let payloads: Vec<_> = change.events().iter().map(|event| &event.payload).collect();
        assert_eq!(payloads, [&EventPayload::Restored]);
    }

    #[test]
    fn what_was_reported_meanwhile_counts_and_is_told_after_it() {
        // The history has none of what the record says: all of it was overturned since.
        let change = changed(decide(&on(deleted(verified())), 9_000));
        assert!(!change.user().record.is_verified());
        let kinds: Vec<_> = change
            .audit()
            .iter()
            .map(|entry| entry.header.kind)
            .collect();
        assert_eq!(kinds, [ActivityKind::Restored, ActivityKind::Recounted]);
        let [restored, edited] = change.events() else {
            panic!("two events")
        };
        assert_eq!(restored.payload, EventPayload::Restored);
        assert!(matches!(edited.payload, EventPayload::Edited { .. }));
    }

    #[test]
    fn who_comes_back_takes_the_block_of_who_was_deleted_after_it() {
        for (status, kinds) in [
            (
                UserStatus::Active,
                vec![
                    ActivityKind::Restored,
                    ActivityKind::StatusChanged,
                    ActivityKind::Comment,
                ],
            ),
            (UserStatus::Blocked, vec![ActivityKind::Restored]),
        ] {
            let command = CreateUser {
                status: Some(status),
                ..create("ada")
            };
            let left = Facts {
                block_left: true,
                ..on(deleted(created(&command)))
            };
            let change = changed(decide(&left, 9_000));
            assert_eq!(change.user().record.status, UserStatus::Blocked);
            let entered: Vec<_> = change
                .audit()
                .iter()
                .map(|entry| entry.header.kind)
                .collect();
            assert_eq!(entered, kinds);
        }
    }

    #[test]
    fn it_ends_with_the_retention_and_where_the_name_is_taken() {
        let gone = deleted(created(&create("ada")));
        let last = DAY_MICROS + 4_999;
        changed(decide(&on(gone.clone()), last));
        let over = decide(&on(gone.clone()), last + 1);
        assert_eq!(over.outcome, Outcome::Refused(Rejection::RetentionOver));
        let taken = Facts {
            name_taken: true,
            ..on(gone.clone())
        };
        assert_eq!(
            decide(&taken, 9_000).outcome,
            Outcome::Refused(Rejection::VendorDataTaken)
        );
        assert_eq!(decide(&facts(gone), 9_000).outcome, Outcome::NeedsHistory);
        let there = on(created(&create("ada")));
        assert_eq!(decide(&there, 9_000).outcome, Outcome::Unchanged);
    }
}
