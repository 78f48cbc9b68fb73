//! Setting and lifting legal holds, which prevent deletion and erasure. Deleted users can be put under legal hold too.

use super::{IfMatch, decided, user_matching};
use crate::model::{CommandContext, Operation, Reason};
use crate::rules::{Decision, Facts, UserChange};

/// Command that sets or lifts a legal hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegalHoldCommand {
    /// Sets the hold or changes its reason.
    Set {
        /// The reason as free text.
        reason: Reason,
    },
    /// Lifts the hold.
    Lifted,
}

/// Sets, changes or lifts the legal hold. A command that matches the current state changes nothing.
#[must_use]
pub fn decide_legal_hold(
    facts: &Facts,
    command: &LegalHoldCommand,
    if_match: Option<&IfMatch>,
    context: &CommandContext,
) -> Decision {
    let user = match user_matching(facts, if_match) {
        Ok(user) => user,
        Err(rejection) => return rejection.into(),
    };
    let change = match (&user.record.legal_hold, command) {
        (Some(hold), LegalHoldCommand::Set { reason }) if hold.reason == *reason => None,
        (None, LegalHoldCommand::Lifted) => None,
        (_, LegalHoldCommand::Set { reason }) => {
            Some(UserChange::LegalHoldSet { reason: reason.clone() })
        }
        (Some(_), LegalHoldCommand::Lifted) => Some(UserChange::LegalHoldLifted),
    };
    let changes: Vec<_> = change.into_iter().collect();
    decided(facts, &changes, Operation::ManageLegalHolds, context)
}

#[cfg(test)]
mod tests;
