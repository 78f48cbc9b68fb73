//! Plans for the attempt log of a healthy destination.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use testkit::{a_destination, base_time, newest_attempts};
use users_domain::model::webhooks::{
    AttemptFilter, AttemptOutcome, AttemptQuery, AttemptStart, Destination,
};
use users_domain::model::{AttemptId, TimeRange, Timestamp};
use uuid::Uuid;

use super::explain::{Planned, Sent, plan, sent};
use super::lists::APPLICATION;
use crate::attempt_log::{AttemptRow, last_failure, page};
use crate::testing::TestDatabase;

/// 20,000 attempts of today for one destination, of which 20 failed, and some for another.
fn database(destination: &Destination) -> TestDatabase {
    let database = TestDatabase::migrated();
    let mut owner = PgConnection::establish(database.owner_url()).unwrap();
    let neighbour = a_destination(destination.application);
    for (id, attempts) in [(destination.id, 20_000), (neighbour.id, 2_000)] {
        owner
            .batch_execute(&format!(
                "INSERT INTO webhook_attempts (application_id, destination_id, id, created_at, event_id,
                    event_recorded_at, duration_ms, number, webhook_type, trigger, outcome)
                 SELECT '{}', '{id}', gen_random_uuid(), now() - n * interval '1 microsecond', gen_random_uuid(), now(),
                    7, 1, 'user.data.updated', 'schedule', CASE WHEN n % 1000 = 999 THEN 'failed' ELSE 'delivered' END
                 FROM generate_series(1, {attempts}) n",
                destination.application
            ))
            .unwrap();
    }
    owner.batch_execute("VACUUM ANALYZE").unwrap();
    database
}

fn read(connection: &mut PgConnection, destination: &Destination, query: &AttemptQuery) {
    let page = page(destination.application, destination.id, query);
    page.rows::<AttemptRow>(connection).unwrap();
}

#[derive(QueryableByName)]
struct Day {
    #[diesel(sql_type = Text)]
    day: String,
}

/// The scan of the daily partition with these attempts.
fn reading(connection: &mut PgConnection, statement: &Sent, planned: Planned) -> String {
    let days: Vec<Day> =
        diesel::sql_query("SELECT DISTINCT tableoid::regclass::text AS day FROM webhook_attempts")
            .load(connection)
            .unwrap();
    assert_eq!(days.len(), 1, "all attempts are of one day");
    let plan = plan(connection, statement, planned);
    let scan = plan
        .lines()
        .skip_while(|line| !line.contains(&format!(" on {} ", days[0].day)))
        .take_while(|line| !line.contains("->") || line.contains(&days[0].day));
    let scan: Vec<_> = scan.collect();
    assert!(!scan.is_empty(), "{plan}");
    scan.join("\n")
}

#[test]
fn the_newest_failure_is_read_from_the_index_of_failures() {
    let destination = a_destination(APPLICATION);
    let database = database(&destination);
    let mut connection = PgConnection::establish(database.runtime_url()).unwrap();
    sent::record(&mut connection);
    last_failure(&mut connection, destination.application, destination.id).unwrap();
    let failed = AttemptQuery {
        filter: AttemptFilter {
            outcomes: Some(vec![AttemptOutcome::Failed, AttemptOutcome::DeadLettered]),
            ..AttemptFilter::default()
        },
        ..newest_attempts()
    };
    read(&mut connection, &destination, &failed);
    let statements = sent::take();
    assert_eq!(statements.len(), 2);
    for statement in &statements {
        for planned in [Planned::ForValues, Planned::ForAny] {
            let scan = reading(&mut connection, statement, planned);
            assert!(scan.contains("Index Scan Backward"), "{planned:?}\n{scan}");
            assert!(!scan.contains("<>"), "{planned:?}\n{scan}");
        }
    }
}

#[test]
fn pages_of_attempts_follow_their_index() {
    let destination = a_destination(APPLICATION);
    let database = database(&destination);
    let mut connection = PgConnection::establish(database.runtime_url()).unwrap();
    sent::record(&mut connection);
    let starts = [
        AttemptStart::Offset(100),
        AttemptStart::After {
            // Later than every attempt, so that no partition is pruned.
            created_at: Timestamp::parse("2100-01-01T00:00:00Z").unwrap(),
            id: AttemptId::new(Uuid::from_u128(7)),
        },
    ];
    for start in starts {
        let query = AttemptQuery {
            filter: AttemptFilter {
                created_at: TimeRange { from: Some(base_time()), before: None },
                outcomes: None,
            },
            start,
            ..newest_attempts()
        };
        sent::take();
        read(&mut connection, &destination, &query);
        let [statement] = sent::take().try_into().expect("one statement");
        let scan = reading(&mut connection, &statement, Planned::ForAny);
        assert!(scan.contains("Index Scan Backward"), "{start:?}\n{scan}");
        assert!(scan.contains("ROW("), "{start:?}\n{scan}");
    }
}
