//! Tests which prepared statements a connection caches: only those of a closed set, so that hot statements are not
//! planned repeatedly and the cache is bounded.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use testkit::{PlainEncoder, a_user, all_users};
use users_domain::model::{
    CountMode, ListUsers, MetadataFilter, OrderKey, PageSize, PageStart, SearchTerm, UserFilter,
    UserKey, UserOrder, UserStatus, VendorData,
};
use users_domain::ports::{FactsSpec, Mutation, Presence};
use users_domain::rules::decide_create;

use super::lists::{APPLICATION, connect, context};
use crate::user_reader::list_page;
use crate::user_store::{commit_on, read_one};

#[derive(QueryableByName)]
struct PreparedStatement {
    #[diesel(sql_type = Text)]
    statement: String,
    #[diesel(sql_type = BigInt)]
    runs: i64,
}

fn prepared(connection: &mut PgConnection) -> Vec<PreparedStatement> {
    diesel::sql_query(
        "SELECT statement, generic_plans + custom_plans AS runs FROM pg_prepared_statements
         WHERE statement NOT LIKE '%pg_prepared_statements%' AND statement LIKE '%application_id%'",
    )
    .load(connection)
    .unwrap()
}

fn create(number: u32) -> Mutation {
    let (command, context) = (a_user(&format!("prepared {number}")), context(number));
    Mutation {
        key: UserKey::VendorData(command.vendor_data.clone()),
        expected: Presence::Absent,
        facts: FactsSpec::default(),
        decide: std::sync::Arc::new(move |facts| {
            decide_create(facts, &command, APPLICATION, &context)
        }),
    }
}

#[test]
fn hot_statements_are_prepared_once_per_connection() {
    let mut connection = connect();
    let key = UserKey::VendorData(VendorData::parse("prepared 1").unwrap());
    for number in 1..=3 {
        let answers =
            commit_on(&mut connection, APPLICATION, &PlainEncoder, &[create(number)]).unwrap();
        assert!(answers.iter().all(Result::is_ok));
        assert!(read_one(&mut connection, APPLICATION, &key, true).unwrap().is_some());
        list_page(&mut connection, APPLICATION, &all_users()).unwrap();
    }
    let prepared = prepared(&mut connection);
    assert_eq!(prepared.len(), 3, "write, find, list");
    for statement in prepared {
        assert_eq!(statement.runs, 3, "{}", statement.statement);
    }
}

#[test]
fn common_pages_prepare_a_closed_set_of_statements() {
    let mut connection = connect();
    for round in 0..2 {
        for key in OrderKey::ALL {
            for statuses in [
                vec![],
                vec![UserStatus::Active],
                vec![UserStatus::Blocked, UserStatus::Flagged],
                vec![UserStatus::Flagged, UserStatus::Blocked],
            ] {
                let order = UserOrder { key, descending: round == 0 };
                let filter = UserFilter { statuses, ..UserFilter::default() };
                let query = ListUsers { order, filter, ..all_users() };
                list_page(&mut connection, APPLICATION, &query).unwrap();
            }
        }
    }
    assert_eq!(prepared(&mut connection).len(), 5 * 2 * 3, "orders, directions, sets of statuses");
}

#[test]
fn statements_of_an_open_set_are_planned_each_time() {
    let mut connection = connect();
    let search = |term: &str| UserFilter {
        search: Some(SearchTerm::parse(term).unwrap()),
        ..UserFilter::default()
    };
    let metadata = MetadataFilter { key: "plan".to_owned(), values: vec!["free".to_owned()] };
    let queries = [
        ListUsers { filter: search("ada"), count: CountMode::Capped, ..all_users() },
        ListUsers { filter: search("a"), count: CountMode::Exact, ..all_users() },
        ListUsers {
            filter: UserFilter { metadata: vec![metadata], ..UserFilter::default() },
            ..all_users()
        },
        ListUsers { start: PageStart::Offset(40), ..all_users() },
        ListUsers { size: PageSize::new(77).unwrap(), ..all_users() },
    ];
    for query in &queries {
        list_page(&mut connection, APPLICATION, query).unwrap();
    }
    let prepared = prepared(&mut connection);
    assert!(
        prepared.is_empty(),
        "{:?}",
        prepared.iter().map(|prepared| &prepared.statement).collect::<Vec<_>>()
    );
}
