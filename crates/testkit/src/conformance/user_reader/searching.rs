//! Searches compared with the reference implementation.

use users_domain::model::{
    CountMode, Email, ListUsers, OrderKey, PageSize, PageStart, SearchTerm, SortKey, UserFilter,
    UserOrder,
};
use users_domain::rules::listing;

use super::population::{assert_page, populated};
use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, all_users};

/// Covers short and long terms, different cases and Unicode forms, and special characters of patterns and SQL.
pub async fn searches_equal_listing_for_every_term(subject: &UserStoreSubject) {
    const TERMS: [&str; 57] = [
        "j",
        "jo",
        "jos",
        "jose",
        "JOSÉ",
        "Jose\u{301}",
        "ß",
        "ss",
        "strasse",
        "STRASSE",
        "日",
        "日本",
        "日本3",
        "本",
        "ё",
        "Е",
        "ежик",
        "%",
        "_",
        "\\",
        "é%",
        "%é",
        "100%",
        "user-",
        "user_",
        "USER-1",
        "+49",
        "49 30",
        "@",
        "example.org",
        "lovelace 1",
        "1 lovelace, ada",
        "lovelace nobody",
        "\"ada lovelace\"",
        "\"lovelace ada\"",
        "“lovelace 1”",
        "ada  lovelace",
        "user 4",
        "USER-4",
        "user-4",
        "a@x.org",
        " B_C@X.ORG ",
        "josé@example.org",
        "jose@example.org",
        "jose EXAMPLE",
        "49301",
        "4930",
        "+49-30",
        "(49) 301",
        "9 30 1",
        "493",
        "49302",
        "o'neil",
        "walesa łu",
        ",",
        "'; --",
        "nobody at all",
    ];
    let tenant = populated(subject).await;
    let mut matched = 0;
    for term in TERMS.into_iter().chain([&*"long ".repeat(40)]) {
        let question = |order| ListUsers {
            filter: UserFilter {
                search: Some(SearchTerm::parse(term).expect("a term")),
                ..UserFilter::default()
            },
            order,
            count: CountMode::Exact,
            ..all_users()
        };
        matched +=
            usize::from(assert_page(subject, &tenant, &question(UserOrder::DEFAULT)).await > 0);
        assert_page(subject, &tenant, &question(UserOrder::BEST_MATCH)).await;
    }
    assert!(matched > 40, "most terms match a user, but only {matched} did");
}

/// Exact matches come before all other matches, forwards and backwards, from any position and any offset.
pub async fn exact_matches_come_first(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let address = |text: &str| vec![Email::parse(text).expect("an address")];
    for number in 0..9 {
        let email = match number % 3 {
            0 => "ann@x.org",
            1 => "joann@x.org",
            _ => "ANN@X.ORG",
        };
        let name = if number == 7 { "ann@x.org".to_owned() } else { format!("ann-{number}") };
        let mut user = a_user(&name);
        user.declared.emails = address(email);
        tenant.has(user).await;
    }
    for (term, exact) in [("ann@x.org", 7), ("Ann@x.org", 6), ("ann", 0), ("ann-4", 1), ("x", 0)] {
        let filter = UserFilter {
            search: Some(SearchTerm::parse(term).expect("a term")),
            ..UserFilter::default()
        };
        let users = tenant.journal.users();
        let users: Vec<_> = users.iter().filter(|user| listing::matches(user, &filter)).collect();
        let places = users.iter().map(|user| {
            listing::position(&user.record, OrderKey::BestMatch, filter.search.as_ref())
        });
        let places: Vec<_> = places.collect();
        let first = places.iter().filter(|place| matches!(place.key, SortKey::Match(true, _)));
        assert_eq!(first.count(), exact, "{term}");
        let mut starts = vec![PageStart::First];
        starts.extend((0..11).map(PageStart::Offset));
        for place in places {
            starts.push(PageStart::After(place.clone()));
            starts.push(PageStart::Before(place));
        }
        for (start, size) in
            starts.into_iter().flat_map(|start| [1, 2, 5, 20].map(|size| (start.clone(), size)))
        {
            let question = ListUsers {
                filter: filter.clone(),
                order: UserOrder::BEST_MATCH,
                start,
                size: PageSize::new(size).expect("a size"),
                count: CountMode::None,
            };
            assert_page(subject, &tenant, &question).await;
        }
    }
}
