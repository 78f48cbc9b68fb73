//! The migrations on real databases: up and down, concurrently, and compared with this crate's list of columns.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};
use std::thread;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{COLUMNS, MIGRATIONS, MigrateError, migrate};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_migrations::MigrationHarness as _;
use testkit::{PlainEncoder, run};
use users_domain::ports::Readiness as _;

use crate::sql::{connect, execute, lines, number, until};

/// Everything in the schema, one line each, except objects of extensions and the daily partitions, whose names are
/// dates.
const CATALOGUE: &str = "
    WITH own AS (
        SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
            AND relname !~ '_[0-9]{8}$'
    )
    SELECT format('relation %s %s %s %s', relname, relkind, reloptions, relacl) AS line FROM own
    UNION ALL
    SELECT format('column %s.%s %s %s %s %s', own.relname, attname, format_type(atttypid, atttypmod), attnotnull,
        attcollation::regcollation, pg_get_expr(adbin, adrelid))
    FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = own.oid AND adnum = attnum
    UNION ALL
    SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid))
    FROM own JOIN pg_constraint ON conrelid = own.oid
    UNION ALL
    SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM own JOIN pg_index ON indrelid = own.oid
    UNION ALL
    SELECT format('trigger %s', pg_get_triggerdef(pg_trigger.oid))
    FROM own JOIN pg_trigger ON tgrelid = own.oid AND NOT tgisinternal
    UNION ALL
    SELECT format('function %s', pg_get_functiondef(oid)) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    ORDER BY line";

fn catalogue(connection: &mut PgConnection) -> Vec<String> {
    lines(connection, CATALOGUE)
}

fn migrations() -> usize {
    MigrationSource::<Pg>::migrations(&MIGRATIONS).unwrap().len()
}

/// The last migration creates an index concurrently.
fn migrate_to_the_last_but_one(owner: &mut PgConnection) {
    for _ in 1..migrations() {
        owner.run_next_migration(MIGRATIONS).unwrap();
    }
}

#[test]
fn all_migrations_down_and_up_again_give_the_same_schema() {
    let database = TestDatabase::empty();
    let migrate = || migrate(database.owner_url(), database.runtime_url()).unwrap();
    let mut owner = connect(database.owner_url());
    assert_eq!(migrate().applied.len(), migrations());
    let first = catalogue(&mut owner);
    for kind in ["relation", "column", "constraint", "index", "trigger", "function"] {
        assert!(first.iter().any(|line| line.starts_with(kind)), "no {kind}");
    }

    owner.revert_all_migrations(MIGRATIONS).unwrap();
    let mut left = catalogue(&mut owner);
    left.retain(|line| !line.contains("__diesel_schema_migrations"));
    assert_eq!(left, [""; 0], "the down migrations leave something behind");

    assert_eq!(migrate().applied.len(), migrations());
    assert_eq!(catalogue(&mut owner), first);
    assert_eq!(migrate().applied, [""; 0], "nothing is left to do");
    assert_eq!(catalogue(&mut owner), first);
}

#[test]
fn each_migration_alone_goes_down_and_up_again() {
    let database = TestDatabase::empty();
    let mut owner = connect(database.owner_url());
    assert!(owner.has_pending_migration(MIGRATIONS).unwrap());
    for _ in 0..migrations() {
        let before = catalogue(&mut owner);
        let version = owner.run_next_migration(MIGRATIONS).unwrap().to_string();
        let after = catalogue(&mut owner);
        assert_ne!(before, after, "{version} does nothing");
        owner.revert_last_migration(MIGRATIONS).unwrap();
        assert_eq!(catalogue(&mut owner), before, "{version} down");
        owner.run_next_migration(MIGRATIONS).unwrap();
        assert_eq!(catalogue(&mut owner), after, "{version} up again");
    }
    assert!(!owner.has_pending_migration(MIGRATIONS).unwrap());
}

/// A column of any other type could hold text, and so personal data.
#[test]
fn every_column_that_could_hold_text_is_listed() {
    let database = TestDatabase::migrated();
    let there = lines(
        &mut connect(database.owner_url()),
        "SELECT format('%s.%s', relname, attname) AS line
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
            AND NOT relispartition AND relname <> '__diesel_schema_migrations'
            AND format_type(atttypid, NULL) NOT IN
                ('uuid', 'timestamp with time zone', 'date', 'bigint', 'integer', 'smallint', 'boolean')",
    );
    let listed: Vec<_> =
        COLUMNS.iter().map(|column| format!("{}.{}", column.table, column.name)).collect();
    let listed_once: BTreeSet<_> = listed.iter().collect();
    assert_eq!(listed_once.len(), listed.len(), "a column is listed twice");
    assert_eq!(listed_once, there.iter().collect());
}

#[test]
fn one_of_concurrent_migrations_works_and_all_succeed() {
    const PROCESSES: usize = 6;

    let database = Arc::new(TestDatabase::empty());
    let start = Arc::new(Barrier::new(PROCESSES));
    let running: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let (database, start) = (Arc::clone(&database), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                migrate(database.owner_url(), database.runtime_url()).unwrap()
            })
        })
        .collect();
    let reports: Vec<_> = running.into_iter().map(|thread| thread.join().unwrap()).collect();
    let mut applied: Vec<_> = reports.iter().map(|report| report.applied.len()).collect();
    applied.sort_unstable_by(|one, other| other.cmp(one));
    let mut expected = [0; PROCESSES];
    expected[0] = migrations();
    assert_eq!(applied, expected);
    assert!(reports.iter().all(|report| !report.one_role));

    let ready = run(async { database.stores(Arc::new(PlainEncoder)).readiness.check().await });
    assert_eq!(ready, Ok(()));
}

#[test]
fn a_failed_migration_leaves_nothing_and_can_be_repeated() {
    let database = TestDatabase::empty();
    execute(database.owner_url(), "CREATE TABLE user_search (mine integer)").unwrap();
    let answer = migrate(database.owner_url(), database.runtime_url());
    assert!(matches!(&answer, Err(MigrateError::Migration(_))), "{answer:?}");
    let mut owner = connect(database.owner_url());
    assert!(
        !catalogue(&mut owner).iter().any(|line| line.starts_with("relation users ")),
        "the failed migration created `users`"
    );
    execute(database.owner_url(), "DROP TABLE user_search").unwrap();
    migrate(database.owner_url(), database.runtime_url()).unwrap();
    assert!(!owner.has_pending_migration(MIGRATIONS).unwrap());
}

/// The state left by a process that ended during a concurrent index creation, or before it recorded the migration.
#[test]
fn an_index_of_an_interrupted_migration_is_no_obstacle() {
    const MADE: &str =
        "CREATE INDEX CONCURRENTLY user_search_outdated ON user_search (application_id, user_id)
        WHERE norm_version < 2";
    const VALID: &str = "SELECT count(*) FROM pg_index
        WHERE indexrelid = 'user_search_outdated'::regclass AND indisvalid";

    for valid in [true, false] {
        let database = TestDatabase::empty();
        let mut owner = connect(database.owner_url());
        migrate_to_the_last_but_one(&mut owner);
        let mut older = connect(database.owner_url());
        if !valid {
            older.batch_execute("BEGIN; LOCK TABLE user_search IN ROW EXCLUSIVE MODE").unwrap();
        }
        owner.batch_execute("SET lock_timeout = '1s'").unwrap();
        assert_eq!(owner.batch_execute(MADE).is_ok(), valid);
        assert_eq!(number(&mut owner, VALID), i64::from(valid));
        drop(older);

        migrate(database.owner_url(), database.runtime_url()).unwrap();
        assert_eq!(number(&mut owner, VALID), 1);
        assert!(!owner.has_pending_migration(MIGRATIONS).unwrap());
    }
}

#[test]
fn a_migration_outside_a_transaction_waits_for_older_ones() {
    const WAITS_LONG: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '11 s'";

    let database = TestDatabase::empty();
    let mut owner = connect(database.owner_url());
    migrate_to_the_last_but_one(&mut owner);
    let mut older = connect(database.owner_url());
    older.batch_execute("BEGIN; LOCK TABLE user_search IN ROW EXCLUSIVE MODE").unwrap();
    thread::scope(|scope| {
        let migrating = scope.spawn(|| migrate(database.owner_url(), database.runtime_url()));
        until(&mut owner, WAITS_LONG, 1);
        older.batch_execute("COMMIT").unwrap();
        migrating.join().unwrap().unwrap();
    });
}

#[test]
fn a_read_only_database_is_reported_as_unavailable() {
    let database = TestDatabase::empty();
    let set = |on: &str| {
        execute(
            database.owner_url(),
            &format!(
                "SET transaction_read_only = off; DO $$ BEGIN EXECUTE format(
                    'ALTER DATABASE %I SET default_transaction_read_only = {on}', current_database()); END $$"
            ),
        )
        .unwrap();
    };
    let migrate = || migrate(database.owner_url(), database.runtime_url());
    set("on");
    let answer = migrate();
    assert!(matches!(&answer, Err(MigrateError::Away(_))), "{answer:?}");
    set("off");
    migrate().unwrap();
}

#[test]
fn a_database_without_its_migrations_is_not_ready() {
    let database = TestDatabase::empty();
    let check = || run(async { database.stores(Arc::new(PlainEncoder)).readiness.check().await });
    assert!(check().is_err(), "an empty database");
    migrate(database.owner_url(), database.runtime_url()).unwrap();
    assert_eq!(check(), Ok(()));
    connect(database.owner_url()).revert_last_migration(MIGRATIONS).unwrap();
    assert!(check().is_err(), "one migration is missing");
}

#[test]
fn a_schema_from_before_the_first_release_is_rejected() {
    let database = TestDatabase::empty();
    let migrate = || migrate(database.owner_url(), database.runtime_url());
    migrate().unwrap();
    let add = |version| {
        let insert =
            format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')");
        execute(database.owner_url(), &insert).unwrap();
    };
    add("29991231000001");
    add("20261201999999");
    migrate().unwrap();
    add("20260101000001");
    let refused = migrate().unwrap_err();
    assert!(
        matches!(&refused, MigrateError::Unreleased { version } if version == "20260101000001"),
        "{refused}"
    );
}

#[test]
fn an_owner_that_also_serves_requests_is_reported() {
    let database = TestDatabase::empty();
    let report = migrate(database.owner_url(), database.owner_url()).unwrap();
    assert!(report.one_role);
    assert!((15..=18).contains(&report.server_major));
}
