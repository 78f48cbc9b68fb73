//! Restoring a deleted user.

use super::begun::BLOCK_LEFT;
use super::{Recount, decided};
use crate::model::{CommandContext, Operation, RetentionDays, UserStatus};
use crate::rules::erasure::erasable_at;
use crate::rules::status_machine::trigger_of;
use crate::rules::{Decision, Facts, Outcome, Rejection, UserChange};

/// Restores the user, unless its retention period is over or another user has its `vendor_data`. Sessions that were
/// reported after the deletion are counted now, and a block left by the most recently deleted user with this
/// `vendor_data` applies to the restored user. A user that is not deleted stays unchanged.
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
        changes.push(UserChange::Remarked(format!("{BLOCK_LEFT}; the block applies to this user")));
    }
    let recount = Recount::of(history);
    if !recount.differences(&user.record).is_empty() {
        changes.push(UserChange::Recounted(Box::new(recount)));
    }
    decided(facts, &changes, Operation::RestoreUsers, context)
}

#[cfg(test)]
mod tests;
