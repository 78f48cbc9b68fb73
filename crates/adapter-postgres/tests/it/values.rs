//! Values at the limits of PostgreSQL and its indexes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use openssl::base64::encode_block;
use openssl::rand::rand_bytes;
use testkit::conformance::UserStoreSubject;
use testkit::{
    PlainEncoder, Tenant, a_destination, a_key, a_key_entry, a_recovery, a_sealed_secret, a_user,
    all_users, display_name, metadata, newest_attempts, run, tag, vendor_data,
};
use users_domain::model::{
    CountMode, DeclaredProfile, Email, Json, KeyKind, ListUsers, OrderKey, SearchTerm, TimeRange,
    Timestamp, UserFilter, UserOrder, UserTag,
};
use users_domain::ports::{
    AttemptLog as _, DestinationStore as _, KeyStore as _, RecoveryStore as _,
};
use users_domain::rules::{CreateUser, listing};

use crate::subject::users_on;

/// Random letters, digits, `+` and `/`, which cannot be compressed.
fn random_text(characters: usize) -> String {
    let mut bytes = vec![0; characters.div_ceil(4) * 3];
    rand_bytes(&mut bytes).unwrap();
    encode_block(&bytes).chars().take(characters).collect()
}

/// A user with the maximum length in everything indexed. The normalised display name is eighteen times as long.
fn largest(display: &str) -> CreateUser {
    let emails = (0..50).map(|_| {
        let domain = "@example.org";
        let local = random_text(Email::MAX_CHARACTERS - domain.len());
        Email::parse(format!("{local}{domain}")).unwrap()
    });
    CreateUser {
        vendor_data: vendor_data(&random_text(2000)),
        display_name: Some(display_name(display)),
        declared: DeclaredProfile { emails: emails.collect(), ..DeclaredProfile::default() },
        tags: (0..UserTag::MAX_PER_USER).map(|_| tag(&random_text(64))).collect(),
        metadata: metadata([("k", Json::String(random_text(60_000)))]),
        ..a_user("replaced")
    }
}

async fn assert_found(subject: &UserStoreSubject, tenant: &Tenant, question: &ListUsers) -> usize {
    let page = subject.reader.list(tenant.id(), question).await.unwrap();
    let expected = listing::page(&tenant.journal.users(), question);
    assert_eq!(page, expected, "{:?}", question.order);
    page.rows.len()
}

#[test]
fn the_largest_users_are_stored_listed_and_found() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        tenant.has(a_user("small")).await;
        let largest: Vec<_> = ["\u{fdfa}".repeat(255), random_text(255), "\u{10ffff}".repeat(255)]
            .iter()
            .map(|name| largest(name))
            .collect();
        for user in &largest {
            let made = tenant.has(user.clone()).await;
            assert_eq!(made.record.display_name, user.display_name);
        }
        tenant.assert_stored_as_decided().await;

        for key in OrderKey::ALL {
            for descending in [false, true] {
                let question = ListUsers {
                    order: UserOrder { key, descending },
                    count: CountMode::Exact,
                    ..all_users()
                };
                assert_eq!(assert_found(&subject, &tenant, &question).await, 4);
            }
        }
        for user in &largest {
            let email = user.declared.emails[49].as_str();
            for filter in [
                UserFilter {
                    search: Some(SearchTerm::parse(email.get(..200).unwrap()).unwrap()),
                    ..UserFilter::default()
                },
                UserFilter { tags: user.tags.clone(), ..UserFilter::default() },
            ] {
                let question = ListUsers { filter, ..all_users() };
                assert_eq!(assert_found(&subject, &tenant, &question).await, 1);
            }
        }
        let arabic = ListUsers {
            filter: UserFilter {
                search: Some(SearchTerm::parse(&"\u{fdfa}".repeat(20)).unwrap()),
                ..UserFilter::default()
            },
            ..all_users()
        };
        assert_eq!(assert_found(&subject, &tenant, &arabic).await, 1);
    });
}

/// RFC 3339 has years of four digits, and an offset may lead outside that range.
#[test]
fn every_time_a_client_can_send_is_queried_and_stored() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        tenant.has(a_user("ada")).await;
        let stores = database.stores(Arc::new(PlainEncoder));
        let destination = a_destination(tenant.id());
        let added = stores.destinations.add(destination.clone(), a_sealed_secret());
        assert_eq!(added.await, Ok(()));
        for (text, is_past) in [
            ("0000-01-01T00:00:00+23:59", true),
            ("0001-01-01T00:00:00Z", true),
            ("9999-12-31T23:59:60-23:59", false),
        ] {
            let time = Timestamp::parse(text).unwrap();
            let range = TimeRange { from: Some(time), before: None };
            let filter = UserFilter {
                created: range,
                updated: range,
                last_activity: range,
                ..UserFilter::default()
            };
            let question = ListUsers { filter, ..all_users() };
            let found = assert_found(&subject, &tenant, &question).await;
            assert_eq!(found, usize::from(is_past), "{text}");

            let mut question = newest_attempts();
            question.filter.created_at = range;
            let listed = stores.attempts.list(tenant.id(), destination.id, &question);
            assert_eq!(listed.await.unwrap().attempts, [], "{text}");

            let recovery = a_recovery(&destination, time);
            let started = stores.recoveries.start(recovery).await.unwrap().unwrap();
            assert_eq!(started.since, time, "{text}");
            while stores.recoveries.advance(10).await.unwrap() > 0 {}

            let mut key = a_key(&tenant.application, KeyKind::Service).0;
            key.expires_at = Some(time);
            let added = stores.keys.add(key.clone(), a_key_entry(&key)).await;
            assert_eq!(added, Ok(true));
            let kept = stores.keys.list(tenant.id(), key.created_at);
            let kept = kept.await.unwrap();
            assert!(kept.contains(&key), "{text}");
        }
    });
}
