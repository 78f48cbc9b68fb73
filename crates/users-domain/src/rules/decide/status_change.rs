//! Changing the status of a user.

use super::IfMatch;
use crate::model::{
    ActivityKind, CommandContext, Json, Operation, Reason, StatusTrigger, User, UserField,
    UserStatus,
};
use crate::rules::Facts;
use crate::rules::change_set::refused_attempt;
use crate::rules::status_machine::{Transition, transition};
use crate::rules::{ChangeSet, Decision, Outcome, Rejection, UserChange};

/// Command that changes the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeStatus {
    /// The requested status.
    pub to: UserStatus,
    /// The reason as free text.
    pub reason: Option<Reason>,
    /// What causes the change.
    pub trigger: StatusTrigger,
}

/// Changes the status if the status machine allows it. Requesting the current status changes nothing.
#[must_use]
pub fn decide_status_change(
    facts: &Facts,
    command: &ChangeStatus,
    if_match: Option<&IfMatch>,
    context: &CommandContext,
) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    if if_match.is_some_and(|condition| !condition.holds(&user.record)) {
        return Rejection::VersionMismatch.into();
    }
    match change_of(user, command, Operation::UpdateStatus, context) {
        Err(refused) => *refused,
        Ok(change) => Decision {
            reason_is_unused: change.is_none() && command.reason.is_some(),
            ..ChangeSet::record(
                facts,
                &change.into_iter().collect::<Vec<_>>(),
                Operation::UpdateStatus,
                context,
            )
            .map_or(Outcome::Unchanged, |change| {
                Outcome::Changed(Box::new(change))
            })
            .into()
        },
    }
}

/// The resulting change; `None` if the user already has the status.
pub(super) fn change_of(
    user: &User,
    command: &ChangeStatus,
    operation: Operation,
    context: &CommandContext,
) -> Result<Option<UserChange>, Box<Decision>> {
    let (from, to, trigger) = (user.record.status, command.to, command.trigger);
    match transition(from, to, trigger) {
        Transition::Stay => Ok(None),
        Transition::Move => Ok(Some(UserChange::StatusChanged {
            from,
            to,
            trigger,
            reason: command.reason.clone(),
        })),
        Transition::Refused => {
            let note = refused_attempt(
                user,
                ActivityKind::TransitionRefused,
                vec![UserField::Status],
                Json::Null,
                (Some(from), Some(to)),
                operation,
                context,
            );
            let outcome = Outcome::Refused(Rejection::TransitionRefused { from, to, trigger });
            Err(Box::new(Decision {
                notes: vec![note],
                ..outcome.into()
            }))
        }
    }
}
