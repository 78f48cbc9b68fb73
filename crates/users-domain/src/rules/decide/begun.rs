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
    User::new(
        UserId::new(id),
        application,
        vendor_data,
        moment(facts, context),
    )
}

/// The status of a new user: the requested one; otherwise BLOCKED if the last deleted user with this `vendor_data` was
/// blocked, else ACTIVE.
pub(super) fn initial_status(requested: Option<UserStatus>, facts: &Facts) -> UserStatus {
    let otherwise = if facts.block_left {
        UserStatus::Blocked
    } else {
        UserStatus::Active
    };
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
mod tests {
    use crate::model::{ActivityKind, Actor, Role, UserStatus};
    use crate::rules::fixtures::{APPLICATION, changed, context, create};
    use crate::rules::{CreateUser, Facts, decide_create};

    /// Creates a user and returns its status and comments.
    fn created_with(block_left: bool, requested: Option<UserStatus>) -> (UserStatus, Vec<String>) {
        let facts = Facts {
            block_left,
            ..Facts::default()
        };
        let command = CreateUser {
            status: requested,
            ..create("ada")
        };
        let decision = decide_create(&facts, &command, APPLICATION, &context(Role::Owner, 1_000));
        let change = changed(decision);
        let [event] = change.events() else {
            panic!("one event")
        };
        assert_eq!(event.status, change.user().record.status);
        let comments = change.audit().iter().filter(|entry| {
            let is_comment = entry.header.kind == ActivityKind::Comment;
            assert_eq!(is_comment, entry.detail.actor == Actor::System);
            is_comment
        });
        let comments = comments.filter_map(|entry| entry.detail.comment.clone());
        (change.user().record.status, comments.collect())
    }

    #[test]
    fn a_left_block_applies_unless_a_status_is_requested() {
        use UserStatus::{Active, Blocked, Flagged};

        let remark = |effect| {
            vec![format!(
                "a deleted user with this vendor_data was BLOCKED; {effect}"
            )]
        };
        let blocked = remark("the block applies to this user");
        let active = remark("this user was created as ACTIVE");
        let flagged = remark("this user was created as FLAGGED");
        for (block_left, requested, status, comments) in [
            (false, None, Active, vec![]),
            (false, Some(Blocked), Blocked, vec![]),
            (true, None, Blocked, blocked),
            (true, Some(Active), Active, active),
            (true, Some(Flagged), Flagged, flagged),
            (true, Some(Blocked), Blocked, vec![]),
        ] {
            assert_eq!(
                created_with(block_left, requested),
                (status, comments),
                "{requested:?}"
            );
        }
    }
}
