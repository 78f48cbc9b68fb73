//! What the database itself rejects, tested with the privileges of each role on a schema migrated as in production.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{PgApplicationStore, PgPurgeStore, keep_events_for, migrate};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use diesel::result::QueryResult;
use testkit::{an_operators_context, base_time, run};
use users_domain::model::{ApplicationId, ApplicationSettings, RetentionDays, Timestamp};
use users_domain::ports::{ApplicationStore as _, PurgeStore as _};
use users_domain::rules::settings_entry;

use crate::evidence::a_user_named;
use crate::sql::{connect, execute, lines, number};

const APPLICATION: &str = "00000000-0000-8000-8000-00000000000a";
const USER: &str = "00000000-0000-8000-8000-00000000000b";

fn application() -> ApplicationId {
    ApplicationId::new(uuid::Uuid::parse_str(APPLICATION).unwrap())
}

/// A migrated database with one user and these audit entries (kind and age in days).
fn database(entries: &[(&str, i32)]) -> TestDatabase {
    let database = TestDatabase::empty();
    migrate(database.owner_url(), database.runtime_url()).unwrap();
    let mut owner = connect(database.owner_url());
    let user = a_user_named("ada", application());
    owner
        .batch_execute(&format!(
            "INSERT INTO applications (id, name, environment, created_at, verified_fields)
             VALUES ('{APPLICATION}', 'a', 'live', now(), 'read_only');
             {user};
             UPDATE users SET id = '{USER}'"
        ))
        .unwrap();
    for (kind, days) in [("CREATED", 4000)].iter().chain(entries) {
        owner.batch_execute(&entry(kind, *days)).unwrap();
    }
    database
}

fn entry(kind: &str, days: i32) -> String {
    format!(
        "INSERT INTO audit_entries (application_id, id, user_id, at, actor_kind, operation, kind, fields, request_id,
            commitment)
         VALUES ('{APPLICATION}', gen_random_uuid(), '{USER}', now() - interval '{days} days', 'system', 'update', '{kind}',
            '{{}}', 'r', sha256('x'))"
    )
}

/// Makes the row of the user eligible for erasure.
const MAKE_ERASABLE: &str =
    "UPDATE users SET deleted_at = '2000-01-01', legal_hold_since = NULL, legal_hold_reason = NULL";

/// Requests the erasure of the user, with a row and arguments that allow it.
fn erase(runtime: &mut PgConnection) -> QueryResult<()> {
    runtime.batch_execute(&format!(
        "{MAKE_ERASABLE};
         SELECT purge_users((SELECT id FROM begin_purge(gen_random_uuid())), '{APPLICATION}', ARRAY['{USER}'::uuid],
            ARRAY[0::bigint], 'infinity')"
    ))
}

#[test]
fn only_the_trail_decides_about_erasure_also_in_a_dry_run() {
    for (entries, due, held) in [
        (&[][..], 0, 0),
        (&[("DELETED", 1)], 0, 0),
        (&[("DELETED", 1800)], 0, 0),
        (&[("DELETED", 2000)], 1, 0),
        (&[("DELETED", 2000), ("RESTORED", 1900)], 0, 0),
        (&[("DELETED", 2000), ("RESTORED", 1950), ("DELETED", 1900)], 1, 0),
        (&[("DELETED", 2000), ("LEGAL_HOLD_SET", 2001)], 0, 1),
        (&[("DELETED", 2000), ("LEGAL_HOLD_SET", 1)], 0, 1),
        (&[("DELETED", 2000), ("LEGAL_HOLD_SET", 9), ("LEGAL_HOLD_LIFTED", 8)], 1, 0),
        (&[("DELETED", 2000), ("LEGAL_HOLD_SET", 9), ("LEGAL_HOLD_LIFTED", 0)], 0, 1),
    ] {
        let database = database(entries);
        let mut runtime = connect(database.runtime_url());
        runtime.batch_execute(MAKE_ERASABLE).unwrap();
        let late = Timestamp::parse("2200-01-01T00:00:00Z").unwrap();
        let store = PgPurgeStore::new(database.pool());
        let counted = run(async { store.due(application(), late).await.unwrap() });
        assert_eq!((counted.due, counted.held), (due, held), "{entries:?}");
        erase(&mut runtime).unwrap();
        let left = number(&mut runtime, "SELECT count(*) FROM users");
        assert_eq!(left, 1 - i64::try_from(due).unwrap(), "{entries:?}");
    }
}

#[test]
fn the_runtime_role_gets_an_error_that_names_the_setting() {
    let database = database(&[]);
    let store = PgApplicationStore::new(database.pool());
    let refused = run(async {
        let found = store.find(application()).await.unwrap().unwrap();
        let after =
            ApplicationSettings { retention: RetentionDays::new(0).unwrap(), ..found.settings };
        let entry = settings_entry(&found, &after, &an_operators_context(base_time()));
        let replaced = store.replace_settings(found.id, found.settings, after, entry);
        replaced.await.unwrap_err().to_string()
    });
    let migrated = migrate(database.runtime_url(), database.runtime_url());
    for error in [refused, migrated.unwrap_err().to_string()] {
        assert!(
            error.contains("MIGRATION_DATABASE_URL") && error.contains("owns the schema"),
            "{error}"
        );
    }
}

/// Rows that the runtime role can write allow no erasure, neither now nor later under the retention.
#[test]
fn a_held_user_is_not_erased_despite_forged_rows() {
    let database = database(&[("LEGAL_HOLD_SET", 100)]);
    let mut runtime = connect(database.runtime_url());
    for shorter in ["retention_days = 0", "id = gen_random_uuid()"] {
        let refusal = runtime.batch_execute(&format!("UPDATE applications SET {shorter}"));
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.starts_with("permission denied to shorten"), "{refusal}");
    }
    let forge = |kind: &str, minutes: i32| {
        let entry = entry(kind, 0);
        entry.replace("interval '0 days'", &format!("interval '{minutes} minutes'"))
    };
    runtime.batch_execute(&forge("DELETED", 14)).unwrap();
    runtime.batch_execute(&forge("LEGAL_HOLD_LIFTED", -14)).unwrap();
    let users = "SELECT count(*) FROM users";
    erase(&mut runtime).unwrap();
    assert_eq!(number(&mut runtime, users), 1);

    // The same holds for an application that retains deleted users for zero days.
    let mut owner = connect(database.owner_url());
    owner.batch_execute("UPDATE applications SET retention_days = 0").unwrap();
    runtime.batch_execute(&forge("LEGAL_HOLD_LIFTED", 14)).unwrap();
    erase(&mut runtime).unwrap();
    assert_eq!(number(&mut runtime, users), 1);
    runtime.batch_execute("UPDATE applications SET retention_days = 3000").unwrap();
    owner.batch_execute("UPDATE applications SET retention_days = 0").unwrap();
    // As if half an hour had passed.
    owner.batch_execute(&forge("LEGAL_HOLD_LIFTED", 31)).unwrap();
    erase(&mut runtime).unwrap();
    assert_eq!(number(&mut runtime, users), 0);
}

#[test]
fn an_audit_entry_must_have_the_current_time() {
    let database = database(&[]);
    for (days, is_taken) in [(0, true), (1, false), (-1, false), (2500, false)] {
        let written = execute(database.runtime_url(), &entry("STATUS_CHANGED", days));
        assert_eq!(written.is_ok(), is_taken, "{days} days ago: {written:?}");
    }
}

#[test]
fn a_partition_is_kept_for_its_retention() {
    const DAYS: &str = "SELECT inhrelid::regclass::text AS line FROM pg_inherits
        WHERE inhparent = 'events'::regclass ORDER BY 1";
    let database = database(&[]);
    let mut owner = connect(database.owner_url());
    let add = |days: i32| {
        format!(
            "DO $$ DECLARE day date := (now() AT TIME ZONE 'UTC')::date - {days}; BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                    'events_' || to_char(day, 'YYYYMMDD'), day || ' 00:00:00+00', day + 1 || ' 00:00:00+00');
             END $$"
        )
    };
    for days in [2, 10, 29, 40] {
        owner.batch_execute(&add(days)).unwrap();
    }
    let before = lines(&mut owner, DAYS).len();
    let drop_all =
        || execute(database.runtime_url(), "SELECT drop_partitions('infinity')").unwrap();
    drop_all();
    assert_eq!(lines(&mut owner, DAYS).len(), before - 1, "only the oldest");
    keep_events_for(database.owner_url(), 6).unwrap();
    drop_all();
    assert_eq!(lines(&mut owner, DAYS).len(), before - 3);
}
