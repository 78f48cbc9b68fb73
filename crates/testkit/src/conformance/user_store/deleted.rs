//! Deleted users that are still stored.

use users_domain::model::{UserKey, UserStatus};
use users_domain::ports::WriteError;
use users_domain::rules::{LegalHoldCommand, Rejection};

use super::names::assert_unknown;
use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_reason, a_user, by_name, to_status};

fn command(reason: &str) -> LegalHoldCommand {
    let reason = a_reason(reason);
    LegalHoldCommand::Set { reason }
}

/// Covers one call and several calls, a new user of the same name, and another application.
pub async fn only_keys_including_deleted_users_find_a_deleted_user(subject: &UserStoreSubject) {
    let (tenant, elsewhere) = (Tenant::of(subject).await, Tenant::of(subject).await);
    let old = tenant.had(a_user("ada")).await.id;
    let new = tenant.has(a_user("ada")).await.record.id;
    let including_deleted = UserKey::IdIncludingDeleted(old);
    let found = tenant.find(&including_deleted).await;
    let found = found.expect("the deleted user");
    assert!(found.record.deleted_at.is_some());
    assert_unknown(&tenant, &UserKey::Id(old)).await;
    assert_unknown(&elsewhere, &including_deleted).await;

    let held = tenant.write(tenant.hold(including_deleted.clone(), command("one"))).await;
    assert_eq!(held.expect("a hold").user.record.version, 3);
    tenant.assert_stored_as_decided().await;

    let answers = tenant
        .commit(vec![
            tenant.hold(including_deleted.clone(), command("two")),
            tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged)),
            tenant.delete(UserKey::Id(old)),
            tenant.hold(UserKey::IdIncludingDeleted(new), command("three")),
            tenant.delete(UserKey::Id(new)),
            tenant.hold(including_deleted.clone(), LegalHoldCommand::Lifted),
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
    let refusals: Vec<_> = answers.into_iter().map(Result::err).collect();
    assert_eq!(refusals, expected);
    let [old, new] = [old, new].map(UserKey::IdIncludingDeleted);
    assert_eq!(tenant.find(&old).await.expect("old").record.legal_hold, None);
    assert!(tenant.find(&new).await.expect("new").record.is_held());
    tenant.assert_stored_as_decided().await;
}
