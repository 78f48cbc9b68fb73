//! The responses to one application do not depend on the other applications in its database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use testkit::conformance::UserStoreSubject;
use testkit::{
    PlainEncoder, Tenant, a_user, all_users, base_time, by_name, display_name, metadata, run, tag,
    to_status,
};
use users_domain::model::{
    ApplicationId, Count, CountMode, CountryCode, DeclaredProfile, Email, FullName, Json,
    ListUsers, MetadataFilter, OrderKey, PageSize, PageStart, SearchTerm, TimeRange, UserFilter,
    UserOrder, UserPage, UserStatus,
};
use users_domain::ports::{Mutation, Outbox as _};
use users_domain::rules::CreateUser;

use crate::sql::execute;
use crate::subject::users_on;

const MODES: [CountMode; 4] =
    [CountMode::Capped, CountMode::Estimate, CountMode::Exact, CountMode::None];

/// A store with its own database.
struct Store {
    database: Arc<TestDatabase>,
    subject: UserStoreSubject,
}

impl Store {
    fn new() -> Self {
        let database = Arc::new(TestDatabase::migrated());
        Self { subject: users_on(&database), database }
    }

    async fn commit(&self, application: ApplicationId, mutations: &[Mutation]) {
        let answers = self.subject.store.commit(application, mutations.to_vec());
        assert!(answers.await.unwrap().iter().all(Result::is_ok));
    }

    /// Empties the outbox and updates PostgreSQL's statistics.
    async fn settle(&self) {
        let outbox = self.database.stores(Arc::new(PlainEncoder)).outbox;
        outbox.sequence(10_000).await.unwrap();
        execute(self.database.owner_url(), "ANALYZE").unwrap();
    }

    async fn page(&self, application: ApplicationId, question: &ListUsers) -> UserPage {
        let page = self.subject.reader.list(application, question).await;
        page.unwrap()
    }
}

/// A user with a value for each filter.
fn a_filterable_user(number: usize, name: &str, illness: &str, country: &str) -> CreateUser {
    let email = format!("{}.{number}@{name}.example", name.replace(' ', "."));
    CreateUser {
        status: UserStatus::ALL.get(number % 3).copied(),
        display_name: number
            .is_multiple_of(2)
            .then(|| display_name(&format!("{name} {}", number % 7))),
        declared: DeclaredProfile {
            full_name: FullName::parse(name).ok(),
            emails: vec![Email::parse(email.as_str()).unwrap()],
            issuing_states: CountryCode::parse(country).into_iter().collect(),
            ..DeclaredProfile::default()
        },
        metadata: metadata([("diagnosis", Json::String(illness.to_owned()))]),
        tags: vec![tag(illness)],
        ..a_user(&format!("{name} {number}"))
    }
}

/// Forty users; one is blocked and one is deleted.
fn history(tenant: &Tenant) -> Vec<Mutation> {
    let mut mutations: Vec<_> = (0..40)
        .map(|number| tenant.create(a_filterable_user(number, "own", "flu", "USA")))
        .collect();
    mutations.push(tenant.change_status(by_name("own 0"), to_status(UserStatus::Blocked)));
    mutations.push(tenant.delete(by_name("own 1")));
    mutations
}

/// Each kind of filter, with values of this application, of its neighbour, and of no application.
fn filters() -> Vec<UserFilter> {
    let none = UserFilter::default;
    let mut filters = vec![none()];
    for statuses in [
        vec![UserStatus::Active],
        vec![UserStatus::Blocked],
        vec![UserStatus::Flagged, UserStatus::Blocked],
    ] {
        filters.push(UserFilter { statuses, ..none() });
    }
    for term in ["own", "novak", "@novak.example", "ov", "zz", "zzzz"] {
        filters.push(UserFilter { search: SearchTerm::parse(term).ok(), ..none() });
    }
    for value in ["flu", "hiv", "gout"] {
        filters.push(UserFilter { tags: vec![tag(value)], ..none() });
        filters.push(UserFilter {
            metadata: vec![MetadataFilter {
                key: "diagnosis".to_owned(),
                values: vec![value.to_owned()],
            }],
            ..none()
        });
    }
    for country in ["USA", "PRK", "ESP"] {
        filters.push(UserFilter { country: CountryCode::parse(country).ok(), ..none() });
    }
    let late = TimeRange { from: Some(base_time().plus_millis(20_000)), before: None };
    for (created, updated, last_activity) in [
        (late, TimeRange::default(), TimeRange::default()),
        (TimeRange::default(), late, TimeRange::default()),
        (TimeRange::default(), TimeRange::default(), late),
    ] {
        filters.push(UserFilter { created, updated, last_activity, ..none() });
    }
    filters
}

fn questions() -> impl Iterator<Item = ListUsers> {
    let orders = OrderKey::ALL
        .into_iter()
        .flat_map(|key| [false, true].map(|descending| UserOrder { key, descending }));
    filters().into_iter().flat_map(move |filter| {
        let orders = orders.clone();
        MODES.into_iter().flat_map(move |count| {
            let filter = filter.clone();
            orders.clone().flat_map(move |order| {
                let filter = filter.clone();
                [PageStart::First, PageStart::Offset(1_000_000)].map(|start| ListUsers {
                    filter: filter.clone(),
                    order,
                    start,
                    size: PageSize::new(3).unwrap(),
                    count,
                })
            })
        })
    })
}

#[test]
fn a_neighbour_changes_no_response() {
    run(async {
        let (alone, beside) = (Store::new(), Store::new());
        let tenant = Tenant::of(&alone.subject).await;
        let history = history(&tenant);
        alone.commit(tenant.id(), &history).await;
        beside.commit(tenant.id(), &history).await;
        let neighbour = Tenant::of(&beside.subject).await;
        let crowd = (0..600).map(|number| {
            let illness = if number % 4 == 0 { "hiv" } else { "none" };
            neighbour.create(a_filterable_user(number, "novak", illness, "PRK"))
        });
        let crowd: Vec<_> = crowd.collect();
        beside.commit(neighbour.id(), &crowd).await;
        alone.settle().await;
        beside.settle().await;

        for question in questions() {
            let expected = alone.page(tenant.id(), &question).await;
            let answered = beside.page(tenant.id(), &question).await;
            assert_eq!(answered, expected, "{question:?}");
        }
    });
}

#[test]
fn an_estimate_uses_the_applications_own_counts() {
    run(async {
        let store = Store::new();
        let tenant = Tenant::of(&store.subject).await;
        store.commit(tenant.id(), &history(&tenant)).await;
        let crowd = Tenant::of(&store.subject).await;
        store.commit(crowd.id(), &history(&crowd)).await;
        store.settle().await;

        for filter in filters() {
            let count = async |count| {
                let question = ListUsers {
                    filter: filter.clone(),
                    start: PageStart::Offset(1_000_000),
                    count,
                    ..all_users()
                };
                store.page(tenant.id(), &question).await.count
            };
            let (estimate, exact) =
                (count(CountMode::Estimate).await, count(CountMode::Exact).await);
            let Count::Exactly(users) = exact else { panic!("{exact:?}") };
            let by_status =
                UserFilter { statuses: filter.statuses.clone(), ..UserFilter::default() };
            let expected = if filter == by_status { Count::About(users) } else { exact };
            assert_eq!(estimate, expected, "{filter:?}");
        }
    });
}
