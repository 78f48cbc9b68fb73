//! Pages with long users.

use users_domain::model::{
    DeclaredProfile, Email, ListUsers, PageSize, PageStart, Profile, UserOrder,
};
use users_domain::rules::{CreateUser, listing};

use super::population::assert_page;
use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, all_users};

/// All rows together exceed the size limit of a page; each row alone does not.
pub async fn long_users_shorten_a_page(subject: &UserStoreSubject) {
    const USERS: usize = 90;

    let tenant = Tenant::of(subject).await;
    let long = |number: usize| CreateUser {
        declared: DeclaredProfile { emails: long_emails(number), ..DeclaredProfile::default() },
        ..a_user(&format!("long {number}"))
    };
    let users = (0..USERS).map(|number| tenant.create(long(number)));
    let created = tenant.commit(users.collect()).await;
    assert!(created.iter().all(Result::is_ok));
    let order = UserOrder::DEFAULT;
    let users = tenant.journal.users();
    let mut places: Vec<_> =
        (users.iter()).map(|user| listing::position(&user.record, order.key, None)).collect();
    places.sort_by(|a, b| listing::compare(a, b, order));
    let place = |at: usize| places.get(at).cloned().expect("a user");
    let (near, far) = (place(5), place(USERS - 5));
    let starts = [
        PageStart::First,
        PageStart::Offset(3),
        PageStart::After(near.clone()),
        PageStart::After(far.clone()),
        PageStart::Before(near),
        PageStart::Before(far),
    ];
    for start in starts {
        for rows in [10, 50, 51, 1000] {
            let question = ListUsers {
                order,
                start: start.clone(),
                size: PageSize::new(rows).expect("a size"),
                ..all_users()
            };
            assert_page(subject, &tenant, &question).await;
        }
    }
    let largest = ListUsers { size: PageSize::LARGEST, ..all_users() };
    let page = subject.reader.list(tenant.id(), &largest).await;
    let page = page.expect("the store answers");
    assert!(page.has_next && page.rows.len() < USERS);
}

/// The maximum number of addresses of the maximum length.
fn long_emails(number: usize) -> Vec<Email> {
    let address = |place: usize| {
        let name =
            format!("{number:03}{place:02}{}", "\u{1f525}".repeat(Email::MAX_CHARACTERS - 10));
        Email::parse(format!("{name}@x.yy")).expect("an address")
    };
    (0..Profile::MAX_LIST_ENTRIES).map(address).collect()
}
