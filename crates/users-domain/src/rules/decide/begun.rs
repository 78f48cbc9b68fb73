//! How a user begins, whatever makes it.

use crate::model::UserStatus;
use crate::rules::{Facts, NewUser, UserChange};

/// The status of a new user: the one that was asked for, else that of the block which the last user of its name left behind.
pub(super) fn initial_status(asked: Option<UserStatus>, facts: &Facts) -> UserStatus {
    let otherwise = if facts.block_left {
        UserStatus::Blocked
    } else {
        UserStatus::Active
    };
    asked.unwrap_or(otherwise)
}

/// What a comment says of a block that was left behind.
pub(super) const LEFT: &str = "a deleted user of this vendor_data was BLOCKED";

/// A new user begins. Where a block was left behind, a comment says what became of it.
pub(super) fn begun(mut new: NewUser, asked: Option<UserStatus>, facts: &Facts) -> Vec<UserChange> {
    new.status = initial_status(asked, facts);
    let mut changes = vec![UserChange::Created(Box::new(new))];
    let became = match asked {
        None => "the block holds for this one".to_owned(),
        Some(status) => format!("this one was created as {}", status.as_str()),
    };
    if facts.block_left && asked != Some(UserStatus::Blocked) {
        let remark = format!("{LEFT}; {became}");
        changes.push(UserChange::Remarked(remark));
    }
    changes
}

#[cfg(test)]
mod tests {
    use crate::model::{ActivityKind, Actor, Role, UserStatus};
    use crate::rules::fixtures::{APPLICATION, changed, context, create};
    use crate::rules::{CreateUser, Facts, decide_create};

    /// The status of a user that is made so, and the comments on it.
    fn made(block_left: bool, asked: Option<UserStatus>) -> (UserStatus, Vec<String>) {
        let facts = Facts {
            block_left,
            ..Facts::default()
        };
        let command = CreateUser {
            status: asked,
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
    fn a_block_that_was_left_behind_holds_unless_a_status_is_asked_for() {
        use UserStatus::{Active, Blocked, Flagged};

        let remark = |became| {
            vec![format!(
                "a deleted user of this vendor_data was BLOCKED; {became}"
            )]
        };
        let holds = remark("the block holds for this one");
        let active = remark("this one was created as ACTIVE");
        let flagged = remark("this one was created as FLAGGED");
        for (block_left, asked, status, comments) in [
            (false, None, Active, vec![]),
            (false, Some(Blocked), Blocked, vec![]),
            (true, None, Blocked, holds),
            (true, Some(Active), Active, active),
            (true, Some(Flagged), Flagged, flagged),
            (true, Some(Blocked), Blocked, vec![]),
        ] {
            assert_eq!(made(block_left, asked), (status, comments), "{asked:?}");
        }
    }
}
