//! Comments of a user.

use users_domain::model::{ActivityKind, Comment, Json, UserStatus};
use users_domain::rules::{MetadataPatch, Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, display_name, metadata, tag, to_status};

/// The number of comments grows to twenty; then the oldest are omitted. Writes and reads return the same comments. Of
/// several comments of one change, the last one comes first.
pub async fn comments_are_the_latest_twenty_newest_first(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    assert_eq!(tenant.has(a_user("ada")).await.comments, []);

    let several = UpdateUser {
        display_name: Patch::Set(display_name("Ada")),
        metadata: Some(MetadataPatch::Replace(metadata([("a", Json::Null)]))),
        tags: Patch::Set(vec![tag("vip")]),
        status: Some(to_status(UserStatus::Flagged)),
        ..UpdateUser::default()
    };
    let written = tenant.write(tenant.update(by_name("ada"), several)).await;
    let comments = written.expect("a change").user.comments;
    let kinds: Vec<_> = comments.iter().map(|comment| comment.kind).collect();
    assert_eq!(kinds.len(), 4);
    assert_eq!(kinds.first(), Some(&ActivityKind::StatusChanged));
    tenant.assert_stored_as_decided().await;

    for step in 1..=30 {
        let to = if step % 2 == 0 { UserStatus::Flagged } else { UserStatus::Active };
        let change = tenant.change_status(by_name("ada"), to_status(to));
        let comments = tenant.write(change).await.expect("a change").user.comments;
        assert_eq!(comments.len(), (4 + step).min(Comment::SHOWN_IN_DETAIL));
        assert_eq!(comments.first().and_then(|comment| comment.new_status), Some(to));
        assert!(comments.is_sorted_by(|newer, older| newer.created_at >= older.created_at));
        tenant.assert_stored_as_decided().await;
    }
}
