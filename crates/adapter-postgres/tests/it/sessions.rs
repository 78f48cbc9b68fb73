//! Session data on users, up to the limits of the columns: read back, and used for ordering.

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use testkit::{Tenant, a_user, all_users, by_name, run};
use users_domain::model::{
    CountMode, CountryCode, Feature, FeatureStatus, ListUsers, Metadata, OrderKey, Origin,
    PageSize, PageStart, User, UserFilter, UserOrder, UserPage, UserRecord,
};
use users_domain::rules::listing;

use crate::sql::execute;
use crate::subject::users_on;

const VERIFIED: &str = "UPDATE users SET
    verified_sources = '{\"full_name\": {\"session_id\": \"session-1\", \"at\": \"2026-01-02T03:04:05.000006Z\"},
        \"date_of_birth\": {\"session_id\": \"session-2\", \"at\": \"2026-01-02T00:00:00Z\"},
        \"portrait_image_url\": {\"session_id\": \"session-3\", \"at\": \"2026-01-02T00:00:00Z\"}}',
    verified_full_name = 'Ada King', verified_date_of_birth = '1915-12-10',
    verified_portrait_image_url = 'https://example.org/ada.jpg', verified_emails = ARRAY['ada@example.org'],
    verified_phones = ARRAY['+44 1'], verified_issuing_states = ARRAY['GBR'],
    override_full_name = 'Countess of Lovelace', session_count = 4294967295, approved_count = 1, declined_count = 2,
    in_review_count = 3, features = '{\"NFC\": \"In Review\", \"AML\": \"Approved\"}',
    first_session_at = '2026-01-01T00:00:00Z', last_session_at = '2026-01-02T00:00:00Z'
    WHERE vendor_data = 'ada'";

#[test]
fn session_data_is_read_back_and_found_by_country() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        for name in ["ada", "bob"] {
            tenant.has(a_user(name)).await;
        }
        execute(database.owner_url(), VERIFIED).unwrap();

        let user = tenant.find(&by_name("ada")).await.unwrap().record;
        let verified = &user.profile.verified;
        let source = &verified.full_name.as_ref().unwrap().source;
        assert_eq!(source.session.as_str(), "session-1");
        assert_eq!(source.at.to_string(), "2026-01-02T03:04:05.000006Z");
        let source = &verified.date_of_birth.as_ref().unwrap().source;
        assert_eq!(source.session.as_str(), "session-2");
        let (name, provenance) = user.profile.full_name().unwrap();
        assert_eq!((name.as_str(), provenance.origin), ("Countess of Lovelace", Origin::Override));
        let (born, provenance) = user.profile.date_of_birth().unwrap();
        assert_eq!(
            (born.to_string().as_str(), provenance.origin),
            ("1915-12-10", Origin::Verified)
        );
        assert_eq!(user.profile.emails().len(), 1);
        assert_eq!(user.profile.phones().len(), 1);
        let source = &verified.portrait_image_url.as_ref().unwrap().source;
        assert_eq!(source.session.as_str(), "session-3");
        assert_eq!(user.counters.session_count, u32::MAX);
        assert!(user.is_verified());
        let features =
            [(Feature::Nfc, FeatureStatus::InReview), (Feature::Aml, FeatureStatus::Approved)];
        assert_eq!(user.features, features.into_iter().collect());
        let first = user.activity.first_session_at.unwrap();
        assert_eq!(first.to_string(), "2026-01-01T00:00:00.000000Z");

        let question = ListUsers {
            filter: UserFilter { country: CountryCode::parse("GBR").ok(), ..UserFilter::default() },
            ..all_users()
        };
        let page = subject.reader.list(tenant.id(), &question).await.unwrap();
        assert_eq!(page.rows, [user]);
    });
}

/// Sessions at three different times or none, so that there are many ties.
const SESSIONS: &str = "UPDATE users SET last_session_at = CASE ascii(right(vendor_data, 1)) % 4
    WHEN 0 THEN NULL WHEN 1 THEN '2026-01-01T00:00:00Z'::timestamptz WHEN 2 THEN '1969-12-31T23:59:59.999999Z'
    ELSE '2026-01-01T00:00:00.000001Z' END";

#[test]
fn users_are_ordered_by_their_latest_session_including_none() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        let creates = (0..40).map(|number| tenant.create(a_user(&format!("user {number}"))));
        tenant.commit(creates.collect()).await;
        execute(database.owner_url(), SESSIONS).unwrap();
        let all = ListUsers { size: PageSize::new(1000).unwrap(), ..all_users() };
        let page = subject.reader.list(tenant.id(), &all).await.unwrap();
        let users: Vec<User> = page.rows.into_iter().map(as_user).collect();
        let sessions = |user: &&User| user.record.activity.last_session_at.is_some();
        assert_eq!(users.iter().filter(sessions).count(), 28);

        for descending in [false, true] {
            let order = UserOrder { key: OrderKey::LastSessionAt, descending };
            let places = users.iter().map(|user| listing::position(&user.record, order.key, None));
            let around =
                places.flat_map(|at| [PageStart::After(at.clone()), PageStart::Before(at)]);
            let starts = [PageStart::First, PageStart::Offset(39), PageStart::Offset(40)];
            for start in starts.into_iter().chain(around) {
                let question = ListUsers {
                    order,
                    start,
                    size: PageSize::new(7).unwrap(),
                    count: CountMode::Exact,
                    ..all_users()
                };
                let page: UserPage = subject.reader.list(tenant.id(), &question).await.unwrap();
                assert_eq!(page, listing::page(&users, &question), "{question:?}");
            }
        }
    });
}

fn as_user(record: UserRecord) -> User {
    User { record, metadata: Metadata::default() }
}
