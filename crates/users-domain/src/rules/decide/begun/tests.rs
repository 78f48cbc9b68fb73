use crate::model::{ActivityKind, Actor, Role, UserStatus};
use crate::rules::fixtures::{APPLICATION, changed, context, create};
use crate::rules::{CreateUser, Facts, decide_create};

/// Creates a user and returns its status and comments.
fn created_with(block_left: bool, requested: Option<UserStatus>) -> (UserStatus, Vec<String>) {
    let facts = Facts { block_left, ..Facts::default() };
    let command = CreateUser { status: requested, ..create("ada") };
    let decision = decide_create(&facts, &command, APPLICATION, &context(Role::Owner, 1_000));
    let change = changed(decision);
    let [event] = change.events() else { panic!("one event") };
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

    let remark =
        |effect| vec![format!("a deleted user with this vendor_data was BLOCKED; {effect}")];
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
        assert_eq!(created_with(block_left, requested), (status, comments), "{requested:?}");
    }
}
