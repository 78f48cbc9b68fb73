//! Pages compared with the reference implementation.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use users_domain::model::{
    Count, CountMode, CountryCode, Email, ListUsers, MetadataFilter, PageSize, PageStart,
    PhoneDigits, SearchTerm, TimeRange, UserFilter, UserOrder, UserStatus,
};
use users_domain::rules::listing;

use super::population::{assert_page, orders, populated};
use crate::conformance::UserStoreSubject;
use crate::strategies::{status, step, tags};
use crate::{Tenant, a_user, all_users, base_time, for_all, tag, vendor_data};

/// Covers each filter with its edge cases, and some combinations.
pub async fn pages_equal_listing_for_every_filter(subject: &UserStoreSubject) {
    let tenant = populated(subject).await;
    for filter in filters() {
        let question = |order| ListUsers {
            filter: filter.clone(),
            order,
            count: CountMode::Exact,
            ..all_users()
        };
        for order in orders() {
            assert_page(subject, &tenant, &question(order)).await;
        }
    }
}

fn filters() -> Vec<UserFilter> {
    let none = UserFilter::default;
    let tagged = |names: &[&str]| UserFilter {
        tags: names.iter().map(|name| tag(name)).collect(),
        ..none()
    };
    let holding = |key: &str, value: &str| MetadataFilter {
        key: key.to_owned(),
        values: vec![value.to_owned()],
    };
    let with = |metadata: Vec<MetadataFilter>| UserFilter { metadata, ..none() };
    let statuses = |statuses: &[UserStatus]| UserFilter { statuses: statuses.to_vec(), ..none() };
    let from = |code| UserFilter { country: CountryCode::parse(code).ok(), ..none() };
    let (flagged, blocked) = (UserStatus::Flagged, UserStatus::Blocked);
    let mut filters = vec![
        none(),
        statuses(&[blocked]),
        statuses(&[flagged, blocked]),
        statuses(&UserStatus::ALL),
        from("ESP"),
        from("DE"),
        from("FRA"),
        tagged(&["vip"]),
        tagged(&["VIP"]),
        tagged(&["é", "vip"]),
        tagged(&["vip", "vip"]),
        tagged(&["nobody"]),
        with(vec![holding("a.b", "1"), holding("plan", "true")]),
        UserFilter {
            search: SearchTerm::parse("jose").ok(),
            tags: vec![tag("vip")],
            ..statuses(&[UserStatus::Active])
        },
    ];
    let values = ["7", "7.0", "7.00", "70e-1", "true", "True", "null", "é\"\\", "[7]", "", "1e400"];
    filters.extend(values.map(|value| with(vec![holding("plan", value)])));
    filters.extend(
        ["a.b", "a.c", "a", "", "é", ".", "a.", "a.plan.x"]
            .map(|key| with(vec![holding(key, "1")])),
    );
    filters.extend(["a.plan", "a.x.y", "plan.x"].map(|key| with(vec![holding(key, "pro")])));
    filters.push(with(vec![MetadataFilter {
        key: "plan".to_owned(),
        values: ["7", "true", "nobody's"].map(str::to_owned).to_vec(),
    }]));
    let named = |names: &[&str]| UserFilter {
        vendor_data: names.iter().map(|name| vendor_data(name)).collect(),
        ..none()
    };
    filters.extend(
        ["a@x.org", "A@X.ORG", "JOSÉ@example.org", "jose@example.org", "x@x.org"]
            .map(|address| UserFilter { email: Email::parse(address).ok(), ..none() }),
    );
    filters.extend(
        ["49301", "+49 (30) 1", "4930", "30 1"]
            .map(|number| UserFilter { phone: PhoneDigits::of(number), ..none() }),
    );
    filters.push(named(&["user-4"]));
    filters.push(named(&["user-4", "USER_1", "USER_5", "user_5", "nobody"]));
    for after_millis in [0, 500, 1000, 2750] {
        let from = Some(base_time().plus_millis(after_millis));
        let before = Some(base_time().plus_millis(after_millis + 1000));
        for (from, before) in [(from, None), (None, from), (from, before), (from, from)] {
            let range = TimeRange { from, before };
            filters.push(UserFilter { created: range, ..none() });
            filters.push(UserFilter { updated: range, ..none() });
            filters.push(UserFilter { last_activity: range, ..none() });
        }
    }
    filters
}

/// Covers every order in both directions and every kind of start: at, between and after users, and at deleted users.
pub async fn pages_equal_listing_for_every_order_and_start(subject: &UserStoreSubject) {
    let tenant = populated(subject).await;
    let users = tenant.journal.users();
    for order in orders() {
        let mut places: Vec<_> =
            users.iter().map(|user| listing::position(&user.record, order.key, None)).collect();
        places.sort_by(|a, b| listing::compare(a, b, order));
        let mut starts = vec![PageStart::First];
        starts.extend([0, 1, 5, 40, 1_000_000].map(PageStart::Offset));
        for place in places.into_iter().step_by(3) {
            starts.push(PageStart::After(place.clone()));
            starts.push(PageStart::Before(place));
        }
        for start in starts {
            let question =
                ListUsers { order, start, size: PageSize::new(7).expect("a size"), ..all_users() };
            assert_page(subject, &tenant, &question).await;
        }
    }
}

/// Covers exact, capped, estimated and omitted counts of all matching users.
pub async fn counts_follow_the_requested_mode(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let count = async |mode, start| {
        let question = ListUsers {
            count: mode,
            start,
            size: PageSize::new(3).expect("a size"),
            ..all_users()
        };
        let page = subject.reader.list(tenant.id(), &question).await;
        page.expect("the store answers").count
    };
    let first = || PageStart::First;
    assert_eq!(count(CountMode::Exact, first()).await, Count::Exactly(0));
    assert_eq!(count(CountMode::Capped, first()).await, Count::Exactly(0));

    for users in [1000, 1001_u64] {
        let missing = users - tenant.journal.users().len() as u64;
        let batch = (0..missing).map(|number| tenant.create(a_user(&format!("{users}-{number}"))));
        assert!(tenant.commit(batch.collect()).await.iter().all(Result::is_ok));
        for start in [first(), PageStart::Offset(900)] {
            assert_eq!(count(CountMode::Exact, start.clone()).await, Count::Exactly(users));
            assert_eq!(count(CountMode::None, start).await, Count::NotCounted);
        }
        let capped =
            if users > Count::CAP { Count::AtLeast(Count::CAP) } else { Count::Exactly(users) };
        assert_eq!(count(CountMode::Capped, first()).await, capped);
        // The estimate depends on the time of the last count.
        let estimate = count(CountMode::Estimate, first()).await;
        assert!(matches!(estimate, Count::About(_)), "{estimate:?}");
    }
}

/// Random histories of a few users, and random requests.
pub async fn pages_of_random_users_equal_listing(subject: &UserStoreSubject) {
    const CASES: u32 = 24;

    for_all(CASES, &(vec(step(), 1..20), vec(question(), 1..12)), |(steps, questions)| {
        let subject = subject.clone();
        async move {
            let tenant = Tenant::of(&subject).await;
            for step in steps {
                tenant.commit(vec![tenant.mutation_of(step)]).await;
            }
            for question in questions {
                assert_page(&subject, &tenant, &question).await;
            }
        }
    })
    .await;
}

fn question() -> impl Strategy<Value = ListUsers> {
    let term = select(&["", "", "jose", "a", "é", "ad", "straße", "%", "_", "org", "+49"][..]);
    let country = select(&[None, None, Some("ESP"), Some("JPN")][..]);
    let filter = (
        vec(status(), 0..3),
        term,
        country,
        prop_oneof![2 => Just(Vec::new()), 1 => tags()],
        vec((select(&["plan", "a.b"][..]), select(&["7", "pro", "true"][..])), 0..2),
    )
        .prop_map(|(statuses, term, country, tags, metadata)| UserFilter {
            statuses,
            search: SearchTerm::parse(term).ok(),
            country: country.and_then(|code| CountryCode::parse(code).ok()),
            tags,
            metadata: metadata
                .into_iter()
                .map(|(key, value)| MetadataFilter {
                    key: key.to_owned(),
                    values: vec![value.to_owned()],
                })
                .collect(),
            ..UserFilter::default()
        });
    let order = (select(&users_domain::model::OrderKey::ALL[..]), any::<bool>())
        .prop_map(|(key, descending)| UserOrder { key, descending });
    (filter, order, 0_u32..4, 1_u64..4).prop_map(|(filter, order, offset, size)| ListUsers {
        filter,
        order,
        start: PageStart::Offset(offset),
        size: PageSize::new(size).expect("a size"),
        count: CountMode::Exact,
    })
}
