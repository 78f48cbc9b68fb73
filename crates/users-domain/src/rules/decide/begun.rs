//! The changes that create a user, by a request or by a report.

use crate::model::{ApplicationId, CommandContext, User, UserId, UserStatus, VendorData};
use crate::rules::change_set::moment;
use crate::rules::{Facts, UserChange};

/// A user with this `vendor_data` and no other data.
pub(super) fn new_user(
    vendor_data: VendorData,
    application: ApplicationId,
    facts: &Facts,
    context: &CommandContext,
) -> User {
    let id = context.derive_uuid("user", vendor_data.as_str().as_bytes(), 0);
    User::new(UserId::new(id), application, vendor_data, moment(facts, context))
}

/// The status of a new user: the requested one, else BLOCKED if a deleted user left a block, else ACTIVE.
pub(super) fn initial_status(requested: Option<UserStatus>, facts: &Facts) -> UserStatus {
    let otherwise = if facts.block_left { UserStatus::Blocked } else { UserStatus::Active };
    requested.unwrap_or(otherwise)
}

/// The first part of the comment on a block left by a deleted user.
pub(super) const BLOCK_LEFT: &str = "a deleted user with this vendor_data was BLOCKED";

/// The changes that create a user. If a deleted user left a block, a comment records whether the block applies.
pub(super) fn creation_changes(
    mut new: User,
    requested: Option<UserStatus>,
    facts: &Facts,
) -> Vec<UserChange> {
    new.record.status = initial_status(requested, facts);
    let mut changes = vec![UserChange::Created(Box::new(new))];
    let effect = match requested {
        None => "the block applies to this user".to_owned(),
        Some(status) => format!("this user was created as {}", status.as_str()),
    };
    if facts.block_left && requested != Some(UserStatus::Blocked) {
        let remark = format!("{BLOCK_LEFT}; {effect}");
        changes.push(UserChange::Remarked(remark));
    }
    changes
}

#[cfg(test)]
mod tests;
