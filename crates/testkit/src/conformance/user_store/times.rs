//! Times, versions and sequence numbers.

use users_domain::model::{Timestamp, UserStatus};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, base_time, by_name, to_status};

/// Each change is later than the previous one, even if the clock is stopped or set back. Version and sequence increase
/// with each change. The returned times equal the stored ones.
pub async fn times_of_one_user_grow_with_every_change(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    tenant.clock.set(base_time());
    tenant.clock.tick_by(0);
    let created = tenant.has(a_user("ada")).await.record;
    assert_eq!(created.created_at, base_time());
    assert_eq!(created.updated_at, created.created_at);

    let mut latest: Timestamp = created.updated_at;
    for (step, to) in
        [UserStatus::Flagged, UserStatus::Active, UserStatus::Blocked, UserStatus::Active]
            .into_iter()
            .enumerate()
    {
        if step == 2 {
            tenant.clock.advance(-3_600_000_000);
        }
        let change = tenant.change_status(by_name("ada"), to_status(to));
        let record = tenant.write(change).await.expect("a change").user.record;
        assert!(record.updated_at > latest, "{} > {latest}", record.updated_at);
        assert_eq!(record.activity.last_activity_at, record.updated_at);
        assert_eq!(record.created_at, created.created_at);
        let count = step as u64 + 2;
        assert_eq!((record.version, record.sequence), (count, count));
        latest = record.updated_at;
    }
    tenant.assert_stored_as_decided().await;
}
