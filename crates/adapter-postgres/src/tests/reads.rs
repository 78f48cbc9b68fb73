//! Tests how many rows each hot statement reads, in databases of every shape and with every kind of plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use openssl::sha::sha256;
use testkit::{PlainEncoder, all_users, vendor_data};
use users_domain::model::{
    AuditFilter, AuditStart, CountMode, Fingerprint, HolderId, IdempotencyClaim, IdempotencyKey,
    KeyDigest, ListAudit, ListUsers, Operation, OrderKey, PageSize, PageStart, StoredResponse,
    Timestamp, UserFilter, UserKey, UserOrder, UserStatus,
};
use users_domain::ports::{Idempotent, Mutation};
use users_domain::rules::listing::position;

use super::changes::{
    block, create, create_without_tags, delete, fresh, id_of, named, restore, retag, risk_report,
    session_report, transaction_report,
};
use super::crowd::{Shape, session};
use super::seed::APPLICATION;
use crate::audit_reader::{activity, list};
use crate::claims::hold_on;
use crate::deleted_users::{candidates, page as deleted_page};
use crate::key_store::find_on;
use crate::user_reader::{blocks_left, ids_made_by, list_page, status_of};
use crate::user_store::{commit_on, commit_once_on, histories_of, read_one};

/// The maximum number of index entries or table rows that a call may read; there are thousands per application or in
/// total.
const MOST: i64 = 250;

type Call = (String, Box<dyn Fn(&mut PgConnection)>);

fn call(name: &str, run: impl Fn(&mut PgConnection) + 'static) -> Call {
    (name.to_owned(), Box::new(run))
}

fn written(connection: &mut PgConnection, mutations: &[Mutation]) {
    let answers = commit_on(connection, APPLICATION, &PlainEncoder, mutations).unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

fn written_once(connection: &mut PgConnection, mutation: Mutation) {
    let once = Idempotent {
        claim: claim(),
        holder: None,
        answer: Arc::new(|_| Ok(Some(StoredResponse::new(None, b"{}".to_vec()).unwrap()))),
    };
    let answers = commit_once_on(connection, APPLICATION, &PlainEncoder, &[mutation], &once);
    assert!(answers.unwrap().unwrap().iter().all(Result::is_ok));
}

fn claim() -> IdempotencyClaim {
    let key = IdempotencyKey::parse(&fresh().to_string()).unwrap();
    IdempotencyClaim::new(Operation::UpdateStatus, &key, Fingerprint::of(&[]))
}

/// All frequent calls.
fn calls() -> Vec<Call> {
    let mut calls = writes();
    calls.extend(reads());
    calls.extend(pages());
    calls
}

fn writes() -> Vec<Call> {
    vec![
        call("create", |c| written(c, &[create()])),
        call("update", |c| written(c, &[retag(named(12))])),
        call("change status", |c| written(c, &[block(named(12))])),
        call("delete", |c| written(c, &[delete(named(12))])),
        call("restore", |c| {
            let restore = restore(id_of(7));
            written(c, &[restore]);
        }),
        call("several changes", |c| {
            let ids: Vec<_> = (1..4).map(|number| UserKey::Id(id_of(number))).collect();
            let mut mutations: Vec<_> = (8..16).map(|number| delete(named(number))).collect();
            mutations.extend((17..22).map(|number| retag(named(number))));
            mutations.extend(ids.into_iter().map(block));
            mutations.extend((0..4).map(|_| create()));
            written(c, &mutations);
        }),
        call("create together with others", |c| {
            written(c, &[create_without_tags(), create_without_tags()]);
        }),
        call("create blindly", |c| written(c, &[create_without_tags()])),
        call("read remaining blocks", |c| {
            let names = ["user-7", "user-100", "user-12"].map(str::to_owned);
            blocks_left(c, APPLICATION, names.to_vec()).unwrap();
        }),
        call("create once", |c| written_once(c, create())),
        call("change once", |c| written_once(c, block(named(12)))),
        call("hold a claim", |c| {
            let holder = HolderId::new(fresh());
            let minute = std::time::Duration::from_mins(1);
            let held = hold_on(c, APPLICATION, &claim(), holder, minute).unwrap();
            assert!(held.is_none());
        }),
        call("report a known session", |c| {
            written(c, &[session_report("1 of user-12", 12)]);
        }),
        call("report a new session", |c| {
            written(c, &[session_report(&fresh().to_string(), 12)]);
        }),
        call("report of a new user", |c| {
            let session = session_report(&fresh().to_string(), 900_001);
            let transaction = transaction_report(&fresh().to_string(), 900_002);
            written(c, &[session, transaction]);
        }),
        call("report a transaction", |c| {
            written(c, &[transaction_report("1 of user-12", 12)]);
        }),
        call("report a risk", |c| written(c, &[risk_report(12)])),
        call("several reports", |c| {
            let numbers = 8..18;
            let mut reports: Vec<_> = numbers
                .clone()
                .map(|number| session_report(&format!("1 of user-{number}"), number))
                .collect();
            let of_transactions = numbers
                .clone()
                .map(|number| transaction_report(&format!("2 of user-{number}"), number));
            reports.extend(of_transactions);
            reports.extend(numbers.map(risk_report));
            written(c, &reports);
        }),
    ]
}

fn reads() -> Vec<Call> {
    vec![
        call("histories", |c| {
            let ids = [id_of(12), id_of(13)];
            assert_eq!(histories_of(c, APPLICATION, &ids).unwrap().len(), 2);
        }),
        call("find a key", |c| {
            let id = id_of(12).uuid();
            let digest = KeyDigest::from_bytes(sha256(id.to_string().as_bytes()));
            assert!(find_on(c, digest).unwrap().is_some());
        }),
        call("get by name", |c| {
            let user = read_one(c, APPLICATION, &named(12), true).unwrap();
            assert!(user.is_some());
        }),
        call("get by id", |c| {
            for key in [UserKey::Id, UserKey::IdIncludingDeleted] {
                let key = key(id_of(12));
                assert!(read_one(c, APPLICATION, &key, true).unwrap().is_some());
            }
        }),
        call("status", |c| {
            let status = status_of(c, APPLICATION, &vendor_data("user-12")).unwrap();
            assert!(status.is_some());
        }),
        call("activity", |c| {
            let (name, start) = (vendor_data("user-12"), AuditStart::Newest);
            let page = activity(c, APPLICATION, &name, start, PageSize::DEFAULT).unwrap();
            assert_eq!(page.unwrap().entries.len(), 50);
        }),
        call("audit log", |c| {
            let question = ListAudit {
                filter: AuditFilter::default(),
                start: AuditStart::Newest,
                size: PageSize::DEFAULT,
            };
            assert_eq!(list(c, APPLICATION, &question).unwrap().entries.len(), 50);
        }),
        call("deleted users", |c| {
            deleted_page(c, APPLICATION, None, 50).unwrap();
            let ids = [id_of(7)];
            let names = [vendor_data("user-7")];
            let found = candidates(c, APPLICATION, &names, &ids).unwrap();
            assert_eq!(found.len(), 1);
        }),
        call("ids", |c| {
            let late = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
            ids_made_by(c, APPLICATION, late, None, 100).unwrap();
        }),
    ]
}

/// Three pages of each order, forwards and backwards, of users with any or the common status.
fn pages() -> impl Iterator<Item = Call> {
    listing(vec![vec![], vec![UserStatus::Active]], CountMode::Estimate)
}

/// The same for the few users with rare statuses, including counts. The planner knows that they are few once the table
/// is analysed.
fn rare_pages() -> impl Iterator<Item = Call> {
    let rare = [UserStatus::Flagged, UserStatus::Blocked];
    listing(vec![rare[1..].to_vec(), rare.to_vec()], CountMode::Capped)
}

fn listing(of: Vec<Vec<UserStatus>>, count: CountMode) -> impl Iterator<Item = Call> {
    let orders = OrderKey::ALL
        .into_iter()
        .flat_map(|key| [false, true].map(|descending| UserOrder { key, descending }));
    orders.flat_map(move |order| {
        of.clone().into_iter().map(move |statuses| {
            call(&format!("list by {order:?} of {statuses:?}"), move |c| {
                let filter = UserFilter { statuses: statuses.clone(), ..UserFilter::default() };
                let mut question = ListUsers { filter, order, count, ..all_users() };
                let first = list_page(c, APPLICATION, &question).unwrap();
                let Some(last) = first.rows.last() else {
                    return;
                };
                let place = position(last, order.key, None);
                for start in [PageStart::After(place.clone()), PageStart::Before(place)] {
                    question.start = start;
                    list_page(c, APPLICATION, &question).unwrap();
                }
            })
        })
    })
}

#[derive(QueryableByName)]
struct Read {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    read: i64,
}

/// The number of rows that this transaction has read by sequential scan of each table, and from each index.
fn read_so_far(connection: &mut PgConnection) -> BTreeMap<String, i64> {
    let rows: Vec<Read> = diesel::sql_query(
        "SELECT relname::text AS name, pg_stat_get_xact_tuples_returned(oid) AS read FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')",
    )
    .load(connection)
    .unwrap();
    rows.into_iter().map(|row| (row.name, row.read)).collect()
}

/// Runs a call, rolls it back, and returns the tables and indexes of which it read too many rows.
fn run(connection: &mut PgConnection, (name, call): &Call) -> Vec<String> {
    connection.test_transaction::<_, diesel::result::Error, _>(|connection| {
        let before = read_so_far(connection);
        call(connection);
        let after = read_so_far(connection);
        let read = after.into_iter().map(|(of, read)| {
            let before = before.get(&of).copied().unwrap_or_default();
            (of, read - before)
        });
        let too_much = read.filter(|(_, read)| *read > MOST);
        Ok(too_much.map(|(of, read)| format!("{name}: {read} of {of}")).collect())
    })
}

#[test]
fn hot_statements_read_few_rows_with_any_statistics() {
    let mut faults = Vec::new();
    for shape in Shape::ALL {
        let database = shape.database();
        let mut calls = calls();
        if shape.is_analysed() {
            calls.extend(rare_pages());
        }
        let mut generic = session(&database);
        generic.batch_execute("SET plan_cache_mode = force_generic_plan").unwrap();
        for call in &calls {
            for _ in 0..2 {
                run(&mut generic, call);
            }
        }
        shape.grow(&database);
        let mut custom = session(&database);
        custom.batch_execute("SET plan_cache_mode = force_custom_plan").unwrap();
        for (plans, connection) in [("generic", &mut generic), ("custom", &mut custom)] {
            for call in &calls {
                let read = run(connection, call);
                faults.extend(read.into_iter().map(|read| format!("{shape:?}, {plans}: {read}")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
