//! Blocks of deleted users.

use std::sync::Arc;

use users_domain::model::evidence::{RuleAction, SessionStatus};
use users_domain::model::{ApplicationSettings, UserStatus};
use users_domain::ports::WriteError;
use users_domain::rules::{CreateUser, Rejection};

use crate::conformance::UserStoreSubject;
use crate::conformance::at_once::at_once;
use crate::{Tenant, a_session_report, a_transaction_report, a_user, by_name, vendor_data};

fn with_status(name: &str, status: UserStatus) -> CreateUser {
    CreateUser { status: Some(status), ..a_user(name) }
}

async fn status_of(tenant: &Tenant, name: &str) -> UserStatus {
    let user = tenant.find(&by_name(name)).await;
    user.expect("the user").record.status
}

/// The last deleted user of the name decides; users of other applications do not. Reports are covered by the suite about
/// evidence.
pub async fn a_decision_sees_the_block_of_a_deleted_user(subject: &UserStoreSubject) {
    assert_block_is_seen(subject, ["create", "batch"]).await;

    let settings =
        ApplicationSettings { block_survives_deletion: false, ..ApplicationSettings::default() };
    let lenient = Tenant::with(subject, settings).await;
    lenient.had(with_status("ada", UserStatus::Blocked)).await;
    lenient.has(a_user("ada")).await;
    assert_eq!(status_of(&lenient, "ada").await, UserStatus::Active, "the block does not survive");
}

/// Creates users after deleted ones in each of these ways, and checks their status.
pub(crate) async fn assert_block_is_seen(subject: &UserStoreSubject, ways: [&str; 2]) {
    use UserStatus::{Active, Blocked, Flagged};

    let tenant = Tenant::of(subject).await;
    let elsewhere = Tenant::of(subject).await;
    let assert_block_left = async |name: &str, expected: bool| {
        let vendor_data = vendor_data(name);
        let left = subject.reader.block_left(tenant.id(), &vendor_data).await;
        assert_eq!(left, Ok(expected), "{name}");
    };
    for (name, history, expected) in [
        ("never deleted", &[][..], Active),
        ("active", &[Active], Active),
        ("flagged", &[Flagged], Active),
        ("blocked", &[Blocked], Blocked),
        ("blocked at last", &[Active, Blocked], Blocked),
        ("blocked at first", &[Blocked, Active], Active),
    ] {
        for way in ways {
            let name = format!("{name} {way}");
            elsewhere.had(with_status(&name, Blocked)).await;
            for status in history {
                tenant.had(with_status(&name, *status)).await;
            }
            assert_block_left(&name, expected == Blocked).await;
            match way {
                "create" => {
                    tenant.has(a_user(&name)).await;
                }
                "session" => {
                    let report = a_session_report(&name, &name, 1, SessionStatus::Approved);
                    tenant.session(report).await.expect("no refusal");
                }
                "transaction" => {
                    let report = a_transaction_report(&name, &name, 1, &[] as &[RuleAction]);
                    tenant.transactions(vec![report]).await;
                }
                _ => {
                    let other = format!("beside {name}");
                    let both = [name.as_str(), &other].map(|name| tenant.create(a_user(name)));
                    for answer in tenant.commit(both.to_vec()).await {
                        answer.expect("a new user");
                    }
                    assert_eq!(status_of(&tenant, &other).await, Active);
                }
            }
            assert_eq!(status_of(&tenant, &name).await, expected, "{name}");
        }
    }
    assert_block_left("nobody", false).await;
    tenant.assert_stored_as_decided().await;
}

/// The last deleted user of a name decides, whichever of them is restored.
pub async fn a_restored_user_gets_a_block_left_later(subject: &UserStoreSubject) {
    use UserStatus::{Active, Blocked, Flagged};

    let tenant = Tenant::of(subject).await;
    let settings =
        ApplicationSettings { block_survives_deletion: false, ..ApplicationSettings::default() };
    let lenient = Tenant::with(subject, settings).await;
    for (tenant, last, expected) in [
        (&tenant, None, Active),
        (&tenant, Some(Active), Active),
        (&tenant, Some(Flagged), Active),
        (&tenant, Some(Blocked), Blocked),
        (&lenient, Some(Blocked), Active),
    ] {
        for beside in [false, true] {
            let name = format!("{last:?} {beside}");
            tenant.has(a_user(&name)).await;
            let first = tenant.find(&by_name(&name)).await;
            let first = first.expect("the user").record.id;
            tenant.remove(&name).await;
            if let Some(status) = last {
                tenant.had(with_status(&name, status)).await;
            }
            let mut restorations = vec![tenant.restore(first)];
            if beside {
                let other = format!("beside {name}");
                restorations.push(tenant.create(a_user(&other)));
            }
            for answer in tenant.commit(restorations).await {
                answer.expect("a user");
            }
            assert_eq!(status_of(tenant, &name).await, expected, "{name}");
        }
    }
    tenant.assert_stored_as_decided().await;
    lenient.assert_stored_as_decided().await;
}

/// A user that is created during the deletion of a blocked user of the name is refused or blocked.
pub async fn a_block_is_not_lost_if_create_and_delete_are_concurrent(subject: &UserStoreSubject) {
    let tenant = Arc::new(Tenant::of(subject).await);
    for round in 0..25 {
        let name = format!("user {round}");
        tenant.has(with_status(&name, UserStatus::Blocked)).await;
        let writers = (0..3).map(|writer| {
            let (tenant, name) = (Arc::clone(&tenant), name.clone());
            async move {
                match writer {
                    0 => tenant.write(tenant.delete(by_name(&name))).await,
                    1 => tenant.write(tenant.create(a_user(&name))).await,
                    _ => {
                        let batch = vec![
                            tenant.create(a_user(&name)),
                            tenant.create(a_user(&format!("{name} too"))),
                        ];
                        tenant.commit(batch).await.swap_remove(0)
                    }
                }
            }
        });
        for answer in at_once(writers.collect()).await {
            let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));
            assert!(answer.is_ok() || answer == taken, "{answer:?}");
        }
        if let Some(user) = tenant.find(&by_name(&name)).await {
            assert_eq!(user.record.status, UserStatus::Blocked, "{name}");
        }
    }
    tenant.assert_stored_as_decided().await;
}
