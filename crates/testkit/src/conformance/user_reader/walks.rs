//! Paging without concurrent writes.

use users_domain::model::{ListUsers, PageSize, PageStart, UserId, UserOrder};
use users_domain::rules::listing;

use super::population::{orders, populated};
use crate::conformance::UserStoreSubject;
use crate::{Tenant, all_users};

/// An upper bound of the number of users.
const MAX_USERS: usize = 1000;

/// Covers every order and several page sizes, forwards from the first page and backwards from the last.
pub async fn paging_returns_every_user_once_with_ties(subject: &UserStoreSubject) {
    let tenant = populated(subject).await;
    for order in orders() {
        let whole = whole(subject, &tenant, order).await;
        for size in [1, 4, 1000] {
            let forwards = walk(subject, &tenant, order, size, true).await;
            assert_eq!(forwards, whole, "{order:?} by {size}");
            let backwards = walk(subject, &tenant, order, size, false).await;
            assert_eq!(backwards, whole, "{order:?} back by {size}");
        }
    }
}

async fn whole(subject: &UserStoreSubject, tenant: &Tenant, order: UserOrder) -> Vec<UserId> {
    let question = ListUsers { order, size: PageSize::new(1000).expect("a size"), ..all_users() };
    let page = subject.reader.list(tenant.id(), &question).await;
    page.expect("the store answers").rows.iter().map(|row| row.id).collect()
}

/// Pages by the positions of the first and last rows, and checks `has_previous` and `has_next`.
async fn walk(
    subject: &UserStoreSubject,
    tenant: &Tenant,
    order: UserOrder,
    size: u64,
    forwards: bool,
) -> Vec<UserId> {
    let mut returned: Vec<UserId> = Vec::new();
    let mut start = PageStart::First;
    if !forwards {
        let last = whole(subject, tenant, order).await.len() - 1;
        start = PageStart::Offset(u32::try_from(last).expect("few users"));
    }
    while returned.len() <= MAX_USERS {
        let size = PageSize::new(size).expect("a size");
        let question = ListUsers { order, start, size, ..all_users() };
        let page = subject.reader.list(tenant.id(), &question).await;
        let page = page.expect("the store answers");
        let ids = page.rows.iter().map(|row| row.id);
        let place = |row| listing::position(row, order.key, None);
        let (first, last) = (page.rows.first().map(place), page.rows.last().map(place));
        let edge = if forwards {
            assert_eq!(page.has_previous, !returned.is_empty());
            returned.extend(ids);
            page.has_next.then_some(last).flatten().map(PageStart::After)
        } else {
            assert_eq!(page.has_next, !returned.is_empty());
            returned.splice(0..0, ids);
            page.has_previous.then_some(first).flatten().map(PageStart::Before)
        };
        match edge {
            Some(next) => start = next,
            None => return returned,
        }
    }
    panic!("paging returned more users than exist");
}
