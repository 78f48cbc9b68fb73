//! Plans for the audit trail of an application with many entries, mostly reports, and of a `vendor_data` that many users
//! had.

use std::sync::LazyLock;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use testkit::vendor_data;
use users_domain::model::{
    AuditFilter, AuditId, AuditPlace, AuditStart, KeyId, ListAudit, Operation, PageSize, RequestId,
    TimeRange, Timestamp,
};
use uuid::Uuid;

use super::explain::{Planned, Sent, plan, sent};
use super::seed::APPLICATION;
use crate::audit_reader::{activity, list};
use crate::testing::TestDatabase;

/// 60,000 entries of one application over a week, and 20,000 of another. In the first, one key made most reports and a
/// second key the rest; every thousandth entry is a deletion; 100 entries are about the `vendor_data` "ada", of one live
/// and 20 deleted users.
const SEED: &str = "
    CREATE TEMPORARY TABLE adas AS
        SELECT n, CASE n WHEN 0 THEN '00000000-0000-0000-0000-0000000000ad'::uuid ELSE gen_random_uuid() END AS id
        FROM generate_series(0, 20) n;
    INSERT INTO users
        SELECT lpad('1', 32, '0')::uuid, id, 'ada', 'ACTIVE', NULL, '', NULL, NULL, '{}', '{}', '{}', NULL, NULL, NULL,
            '{}', '{}', '{}', NULL, NULL, 0, 0, 0, 0, '{}', NULL, NULL, now(), '[]', '{}', now(), now(),
            CASE WHEN n > 0 THEN now() END, 1, 1
        FROM adas;
    INSERT INTO users
        SELECT lpad('1', 32, '0')::uuid, gen_random_uuid(), 'user ' || n, 'ACTIVE', NULL, '', NULL, NULL, '{}', '{}', '{}',
            NULL, NULL, NULL, '{}', '{}', '{}', NULL, NULL, 0, 0, 0, 0, '{}', NULL, NULL, now(), '[]', '{}', now(), now(),
            CASE WHEN n % 2 = 0 THEN now() END, 1, 1
        FROM generate_series(1, 5000) n;
    INSERT INTO audit_entries
        SELECT lpad((1 + n % 4 / 3)::text, 32, '0')::uuid, gen_random_uuid(),
            CASE WHEN n % 600 = 1 THEN (SELECT id FROM adas WHERE adas.n = n / 600 % 21) ELSE gen_random_uuid() END,
            '2026-01-01Z'::timestamptz + n * interval '7 seconds', 'key',
            CASE WHEN n % 10 > 0 THEN lpad('77', 32, '0')::uuid ELSE lpad('78', 32, '0')::uuid END, 'OWNER',
            CASE WHEN n % 1000 = 0 THEN 'delete' ELSE 'report-sessions' END,
            (ARRAY['PROFILE_UPDATED', 'SESSION', 'SESSION'])[1 + n % 3], '{}', 'request-' || n, sha256('')
        FROM generate_series(1, 80000) n;
    INSERT INTO audit_details SELECT application_id, id, sha256(''), '{}' FROM audit_entries;";

fn connect() -> PgConnection {
    static DATABASE: LazyLock<TestDatabase> = LazyLock::new(|| {
        let database = TestDatabase::migrated();
        let mut owner = PgConnection::establish(database.owner_url()).unwrap();
        owner.batch_execute(SEED).unwrap();
        owner.batch_execute("VACUUM ANALYZE").unwrap();
        database
    });
    let mut connection = PgConnection::establish(DATABASE.runtime_url()).unwrap();
    sent::record(&mut connection);
    connection
}

/// The part of the plan that finds entries, before their details are read.
fn finding(connection: &mut PgConnection, statement: &Sent) -> String {
    let plan = plan(connection, statement, Planned::ForValues);
    let found = plan.split_once("CTE found").expect("the entries").1;
    let (found, details) = found.split_once("CTE detailed").expect("the details");
    assert!(details.contains("audit_details_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    found.to_owned()
}

/// From the newest entry, and from a position in both directions.
fn starts() -> [AuditStart; 3] {
    let place = AuditPlace {
        at: Timestamp::parse("2026-01-04T00:00:00Z").unwrap(),
        id: AuditId::new(Uuid::from_u128(7)),
    };
    [AuditStart::Newest, AuditStart::OlderThan(place), AuditStart::NewerThan(place)]
}

fn statement_of(filter: &AuditFilter, start: AuditStart) -> (PgConnection, Sent) {
    let question = ListAudit { filter: filter.clone(), start, size: PageSize::DEFAULT };
    let mut connection = connect();
    sent::take();
    list(&mut connection, APPLICATION, &question).unwrap();
    let [statement] = sent::take().try_into().expect("one statement");
    (connection, statement)
}

#[test]
fn every_filter_of_the_trail_is_a_range_of_its_index() {
    let none = AuditFilter::default;
    let key = |key: u128| AuditFilter { actor: Some(KeyId::new(Uuid::from_u128(key))), ..none() };
    let asking = |operation| AuditFilter { operation: Some(operation), ..none() };
    let day = TimeRange {
        from: Timestamp::parse("2026-01-02T00:00:00Z").ok(),
        before: Timestamp::parse("2026-01-05T00:00:00Z").ok(),
    };
    let of_request = AuditFilter { request_id: RequestId::parse("request-7").ok(), ..none() };
    let questions = [
        ("audit_entries_by_time", none()),
        ("audit_entries_by_time", AuditFilter { at: day, ..none() }),
        ("audit_entries_by_actor", key(0x77)),
        ("audit_entries_by_actor", key(0x78)),
        ("audit_entries_by_actor", key(0x79)),
        ("audit_entries_by_actor", AuditFilter { at: day, ..key(0x77) }),
        ("audit_entries_by_operation", asking(Operation::DeleteUsers)),
        ("audit_entries_by_operation", asking(Operation::ReportRisks)),
        ("audit_entries_by_operation", asking(Operation::ReportSessions)),
        ("audit_entries_by_request", of_request),
    ];
    for (index, filter) in questions {
        for start in starts() {
            let (mut connection, statement) = statement_of(&filter, start);
            let found = finding(&mut connection, &statement);
            assert!(found.contains(index), "{filter:?} {start:?}\n{found}");
            assert!(found.contains("Index Cond"), "{filter:?} {start:?}\n{found}");
            for work in ["Filter", "Sort", "Bitmap"] {
                assert!(!found.contains(work), "{filter:?} {start:?}\n{found}");
            }
            let bounded = !matches!(start, AuditStart::Newest);
            assert_eq!(found.contains("ROW("), bounded, "{start:?}\n{found}");
        }
    }
}

#[test]
fn several_filters_read_the_range_of_the_rarest() {
    let filter = AuditFilter {
        actor: Some(KeyId::new(Uuid::from_u128(0x78))),
        operation: Some(Operation::DeleteUsers),
        ..AuditFilter::default()
    };
    let (mut connection, statement) = statement_of(&filter, AuditStart::Newest);
    let found = finding(&mut connection, &statement);
    assert!(found.contains("audit_entries_by_operation"), "{found}");
}

/// The entries of each user are read from their two indexes, as few as a page needs.
fn assert_read_by_user(found: &str) {
    for index in ["audit_entries_comments", "audit_entries_not_comments"] {
        assert!(found.contains(index), "{found}");
    }
    // One sort, of the rows from the two ranges.
    assert!(found.matches("Sort Key").count() <= 2, "{found}");
    assert!(!found.contains("Bitmap"), "{found}");
    // Changes of legal holds are rare: they are read and filtered out.
    let filters = found.lines().filter(|line| line.contains("Filter"));
    for filter in filters {
        assert!(filter.contains("LEGAL_HOLD_SET"), "{found}");
    }
}

#[test]
fn entries_of_a_name_are_found_through_all_its_users() {
    let filter = AuditFilter { vendor_data: Some(vendor_data("ada")), ..AuditFilter::default() };
    for start in starts() {
        let (mut connection, statement) = statement_of(&filter, start);
        let plan = plan(&mut connection, &statement, Planned::ForValues);
        for index in ["users_vendor_data_key", "users_deleted_names"] {
            assert!(plan.contains(index), "{plan}");
        }
        assert_read_by_user(&finding(&mut connection, &statement));
    }
}

#[test]
fn activity_is_read_from_the_two_indexes_of_a_users_entries() {
    for start in starts() {
        let mut connection = connect();
        sent::take();
        let size = PageSize::DEFAULT;
        let page = activity(&mut connection, APPLICATION, &vendor_data("ada"), start, size);
        assert!(page.unwrap().is_some());
        let [user, entries] = sent::take().try_into().expect("two statements");
        for planned in [Planned::ForValues, Planned::ForAny] {
            let plan = plan(&mut connection, &user, planned);
            assert!(plan.contains("users_vendor_data_key"), "{plan}");
        }
        assert_read_by_user(&finding(&mut connection, &entries));
    }
}
