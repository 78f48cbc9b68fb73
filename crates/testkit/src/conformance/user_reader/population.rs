//! Users with different and shared values of every filter and order.

use users_domain::model::{
    CountryCode, DeclaredProfile, DisplayName, Email, FullName, Json, ListUsers, Metadata, Number,
    Phone, UserOrder, UserStatus,
};
use users_domain::rules::{CreateUser, Patch, UpdateUser, listing};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, display_name, json_object, tag};

const USERS: usize = 48;

const NAMES: [Option<&str>; 8] = [
    None,
    Some("José"),
    Some("JOSE"),
    Some("jose maria"),
    Some("straße"),
    Some("STRASSE"),
    Some("日本"),
    Some("Ёжик 100%"),
];

const FULL_NAMES: [&str; 3] = ["Ada Lovelace", "Łukasz Wałęsa", "Shaun O’Neil"];

/// Two applications with the same users, so that reads across applications are detected. Returns the second one.
pub(super) async fn populated(subject: &UserStoreSubject) -> Tenant {
    populate(&Tenant::of(subject).await).await;
    let tenant = Tenant::of(subject).await;
    populate(&tenant).await;
    tenant
}

/// Creates groups of users at equal times, then edits some, partly at equal times, and deletes some.
async fn populate(tenant: &Tenant) {
    tenant.clock.tick_by(0);
    for first in (0..USERS).step_by(6) {
        let group = (first..first + 6).map(|number| tenant.create(user(number)));
        assert!(tenant.commit(group.collect()).await.iter().all(Result::is_ok));
        tenant.clock.advance(500_000);
    }
    for number in (0..USERS).step_by(5) {
        let command = UpdateUser {
            display_name: pick(&NAMES, number / 5)
                .map_or(Patch::Clear, |name| Patch::Set(display_name(name))),
            ..UpdateUser::default()
        };
        tenant.write(tenant.update(by_name(&name(number)), command)).await.expect("no refusal");
        if number % 2 == 0 {
            tenant.clock.advance(500_000);
        }
    }
    for number in (0..USERS).step_by(11) {
        tenant.write(tenant.delete(by_name(&name(number)))).await.expect("a deletion");
    }
}

fn name(number: usize) -> String {
    match number % 4 {
        0 => format!("user-{number}"),
        1 => format!("USER_{number}"),
        2 => format!("é%{number}\\"),
        _ => format!("日本{number}"),
    }
}

fn user(number: usize) -> CreateUser {
    let profile = DeclaredProfile {
        full_name: number.is_multiple_of(3).then(|| {
            FullName::parse(format!("{} {number}", pick(&FULL_NAMES, number / 3))).expect("a name")
        }),
        date_of_birth: None,
        emails: pick(&[&[][..], &["josé@example.org"], &["a@x.org", "b_c@x.org"]], number)
            .iter()
            .map(|text| Email::parse(*text).expect("an address"))
            .collect(),
        phones: pick(&[&[][..], &["+49 30 1"]], number / 2)
            .iter()
            .map(|text| Phone::parse(*text).expect("a number"))
            .collect(),
        issuing_states: pick(&[&[][..], &["ESP"], &["DEU", "ESP"], &["JPN"]], number / 3)
            .iter()
            .map(|text| CountryCode::parse(text).expect("a country"))
            .collect(),
    };
    CreateUser {
        status: Some(pick(&UserStatus::ALL, number / 2)),
        display_name: pick(&NAMES, number).map(|name| DisplayName::parse(name).expect("a name")),
        declared: profile,
        metadata: metadata(number),
        tags: pick(&[&[][..], &["vip"], &["VIP", "é"], &["é", "vip", "x"]], number / 2)
            .iter()
            .map(|name| tag(name))
            .collect(),
        ..a_user(&name(number))
    }
}

fn metadata(number: usize) -> Metadata {
    let literal = |text| Json::Number(Number::parse(text).expect("a number"));
    let plan = match number % 9 {
        0 => return Metadata::default(),
        1 => literal("7"),
        2 => literal("7.0"),
        3 => Json::String("7".to_owned()),
        4 => Json::Bool(true),
        5 => Json::String("true".to_owned()),
        6 => Json::Null,
        7 => Json::Array(vec![literal("7")]),
        _ => Json::String("é\"\\".to_owned()),
    };
    let nested = Json::object([("plan", Json::String("pro".to_owned()))]);
    let members = json_object([("plan", plan), ("a.b", Json::count(1)), ("a", nested)]);
    Metadata::new(members).expect("metadata")
}

fn pick<T: Copy>(values: &[T], number: usize) -> T {
    *values.get(number % values.len()).expect("some value")
}

/// Every order in both directions.
pub(super) fn orders() -> impl Iterator<Item = UserOrder> {
    users_domain::model::OrderKey::ALL
        .into_iter()
        .flat_map(|key| [false, true].map(|descending| UserOrder { key, descending }))
}

/// Compares a page with the reference implementation and returns the number of rows.
pub(super) async fn assert_page(
    subject: &UserStoreSubject,
    tenant: &Tenant,
    question: &ListUsers,
) -> usize {
    let users = tenant.journal.users();
    let expected = listing::page(&users, question);
    let page = subject.reader.list(tenant.id(), question).await;
    assert_eq!(page, Ok(expected.clone()), "for {question:?}");
    expected.rows.len()
}
