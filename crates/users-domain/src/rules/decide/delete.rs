//! Soft deletion of a user: reads no longer return the user, and its `vendor_data` can be used again.

use crate::model::{ActivityKind, CommandContext, Json, Operation, UserField};
use crate::rules::Facts;
use crate::rules::change_set::refused_attempt;
use crate::rules::{ChangeSet, Decision, Outcome, Rejection, UserChange};

/// Deletes the user if it exists and is not under legal hold.
#[must_use]
pub fn decide_delete(facts: &Facts, context: &CommandContext) -> Decision {
    if let Some(user) = facts.user.as_ref().filter(|user| user.record.is_held()) {
        let note = refused_attempt(
            user,
            ActivityKind::DeletionRefused,
            vec![UserField::DeletedAt],
            Json::Null,
            (None, None),
            Operation::DeleteUsers,
            context,
        );
        let vendor_data = user.record.vendor_data.clone();
        return Decision {
            notes: vec![note],
            ..Rejection::UnderLegalHold { vendor_data }.into()
        };
    }
    ChangeSet::record(
        facts,
        &[UserChange::Deleted],
        Operation::DeleteUsers,
        context,
    )
    .map_or(Outcome::Refused(Rejection::UserNotFound), |change| {
        Outcome::Changed(Box::new(change))
    })
    .into()
}
