//! Users that are deleted and still kept.

use users_domain::model::{UserId, UserKey, UserStatus};
use users_domain::ports::WriteError;
use users_domain::rules::{LegalHoldCommand, Rejection};

use super::names::assert_unknown;
use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_reason, a_user, by_name, to_status};

fn command(reason: &str) -> LegalHoldCommand {
    let reason = a_reason(reason);
    LegalHoldCommand::Set { reason }
}

/// Makes a user of this name and deletes it.
async fn gone(tenant: &Tenant, name: &str) -> UserId {
    let id = tenant.has(a_user(name)).await.record.id;
    let deletion = tenant.delete(by_name(name));
    tenant.write(deletion).await.expect("a deletion");
    id
}

/// In one call and in several, beside somebody who has the name by now, and never across applications.
pub async fn a_deleted_user_is_found_by_a_key_that_asks_for_deleted_users_too_and_by_no_other(
    subject: &UserStoreSubject,
) {
    let (tenant, elsewhere) = (Tenant::of(subject).await, Tenant::of(subject).await);
    let old = gone(&tenant, "ada").await;
    let new = tenant.has(a_user("ada")).await.record.id;
    let kept = UserKey::IdIncludingDeleted(old);
    let found = tenant.find(&kept).await.expect("who is kept");
    assert!(found.record.deleted_at.is_some());
    assert_unknown(&tenant, &UserKey::Id(old)).await;
    assert_unknown(&elsewhere, &kept).await;

    let held = tenant
        .write(tenant.hold(kept.clone(), command("one")))
        .await;
    assert_eq!(held.expect("a hold").user.record.version, 3);
    tenant.assert_stored_as_decided().await;

    let answers = tenant
        .commit(vec![
            tenant.hold(kept.clone(), command("two")),
            tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged)),
            tenant.delete(UserKey::Id(old)),
            tenant.hold(UserKey::IdIncludingDeleted(new), command("three")),
            tenant.delete(UserKey::Id(new)),
            tenant.hold(kept.clone(), LegalHoldCommand::Lifted),
        ])
        .await;
    let refused = |rejection| Some(WriteError::Refused(rejection));
    let vendor_data = found.record.vendor_data;
    let expected = [
        None,
        None,
        refused(Rejection::UserNotFound),
        None,
        refused(Rejection::UnderLegalHold { vendor_data }),
        None,
    ];
    let told: Vec<_> = answers.into_iter().map(Result::err).collect();
    assert_eq!(told, expected);
    let [old, new] = [old, new].map(UserKey::IdIncludingDeleted);
    assert_eq!(
        tenant.find(&old).await.expect("old").record.legal_hold,
        None
    );
    assert!(tenant.find(&new).await.expect("new").record.is_held());
    tenant.assert_stored_as_decided().await;
}
