//! Lists of user ids for commands on all users.

use users_domain::model::UserId;

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, base_time};

/// Ids are returned in order, after the given one and up to the limit. Users created exactly at the time are included;
/// later and deleted ones are not.
pub async fn ids_created_by_a_time_are_returned_in_order_and_in_portions(
    subject: &UserStoreSubject,
) {
    let tenant = Tenant::of(subject).await;
    Tenant::of(subject).await.has(a_user("elsewhere")).await;
    tenant.clock.set(base_time());
    tenant.clock.tick_by(0);
    for group in 0..3 {
        let batch = (0..4).map(|number| tenant.create(a_user(&format!("{group}-{number}"))));
        assert!(tenant.commit(batch.collect()).await.iter().all(Result::is_ok));
        tenant.clock.advance(1_000);
    }
    tenant.remove("0-2").await;

    let created_by = base_time().plus_millis(1);
    let users = tenant.journal.users();
    let mut expected: Vec<UserId> = users
        .iter()
        .filter(|user| user.record.created_at <= created_by && user.record.deleted_at.is_none())
        .map(|user| user.record.id)
        .collect();
    expected.sort_unstable();
    assert_eq!(expected.len(), 7);

    let ask = async |after, limit| {
        let ids = subject.reader.ids_made_by(tenant.id(), created_by, after, limit).await;
        ids.expect("the store answers")
    };
    assert_eq!(ask(None, 100).await, expected);
    assert_eq!(ask(None, 7).await, expected);
    let (mut returned, mut after) = (Vec::new(), None);
    for _ in 0..=expected.len() {
        let portion = ask(after, 3).await;
        assert!(portion.len() <= 3);
        after = portion.last().copied().or(after);
        returned.extend(portion);
    }
    assert_eq!(returned, expected);
}
