//! Changing the status of a user.

use super::{IfMatch, decided, user_matching};
use crate::model::{
    ActivityKind, CommandContext, Operation, Reason, StatusTrigger, User, UserField, UserStatus,
};
use crate::rules::audit_draft::AuditDraft;
use crate::rules::status_machine::{Transition, transition};
use crate::rules::{Decision, Facts, Outcome, Rejection, UserChange};

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
    let user = match user_matching(facts, if_match) {
        Ok(user) => user,
        Err(rejection) => return rejection.into(),
    };
    match change_of(user, command, Operation::UpdateStatus, context) {
        Err(refused) => *refused,
        Ok(change) => Decision {
            reason_is_unused: change.is_none() && command.reason.is_some(),
            ..decided(facts, change.as_slice(), Operation::UpdateStatus, context)
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
            let statuses = (Some(from), Some(to));
            let draft = AuditDraft { statuses, ..AuditDraft::of(UserField::Status) };
            let note = draft.attempt(user, ActivityKind::TransitionRefused, operation, context);
            let outcome = Outcome::Refused(Rejection::TransitionRefused { from, to, trigger });
            Err(Box::new(Decision { notes: vec![note], ..outcome.into() }))
        }
    }
}
