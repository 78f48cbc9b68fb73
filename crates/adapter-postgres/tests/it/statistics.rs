//! Planner statistics: no values of personal columns, unless a purge rebuilds the statistics.

use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{COLUMNS, Content, PgPurgeStore, PoolConfig};
use diesel::connection::SimpleConnection as _;
use testkit::{
    Tenant, a_reason, a_risk_report, a_session_report, a_transaction_report, a_user, by_name,
    display_name, metadata, run, tag,
};
use users_domain::model::evidence::{RiskKind, SessionStatus};
use users_domain::model::{DeclaredProfile, Email, FullName, Json, Phone, PurgeRunId, random_uuid};
use users_domain::ports::{EventRetention as _, PurgeStore as _};
use users_domain::rules::CreateUser;

use crate::purge::Purging;
use crate::scene::Scene;
use crate::sql::{connect, lines, until};

/// Filters of lists need statistics; every purge that erases a user rebuilds them for these tables.
const ANALYSED: [&str; 2] = ["users", "user_search"];

/// The columns, including those of partitions, for which statistics keep values.
const KEPT: &str = "SELECT format('%s.%s', coalesce(parent.relname, c.relname), attname) AS line
    FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_inherits ON inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = inhparent
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND attstattarget IS DISTINCT FROM 0";

fn assert_no_values_are_kept(database: &TestDatabase) {
    let kept = lines(&mut connect(database.owner_url()), KEPT);
    let personal = COLUMNS
        .iter()
        .filter(|column| column.content == Content::Personal)
        .map(|column| (column.table, column.name));
    // Personal columns that are not text, and ids of users.
    let others = ["user_sessions.date_of_birth".to_owned()].into_iter();
    let ids = kept.iter().filter(|column| column.ends_with(".user_id"));
    let personal = personal.map(|(table, name)| format!("{table}.{name}"));
    let personal: Vec<String> = personal.chain(others).chain(ids.cloned()).collect();
    let is_rebuilt = |column: &String| {
        let table = column.split('.').next();
        table.is_some_and(|table| ANALYSED.contains(&table))
    };
    let wrong: Vec<_> =
        personal.iter().filter(|column| kept.contains(column) && !is_rebuilt(column)).collect();
    assert_eq!(wrong, [""; 0]);
    assert!(personal.iter().any(|column| column == "audit_details.detail"));
}

#[test]
fn statistics_keep_no_personal_values_unless_a_purge_rebuilds_them() {
    assert_no_values_are_kept(&TestDatabase::migrated());
}

#[test]
fn statistics_of_future_partitions_keep_no_personal_values() {
    run(async {
        let scene = Scene::new().await;
        let days = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass";
        let before = scene.number(days);
        scene.stores.retention.create_partitions(9).await.expect("days are made");
        assert!(scene.number(days) > before);
        assert_no_values_are_kept(&scene.database);
    });
}

/// Creates a user with `word` in every kind of data.
async fn a_complete_user(tenant: &Tenant, word: &str) {
    let command = CreateUser {
        display_name: Some(display_name(&format!("Shown {word}"))),
        declared: DeclaredProfile {
            full_name: FullName::parse(format!("Whole {word}")).ok(),
            emails: Email::parse(format!("{word}@mail.example")).into_iter().collect(),
            phones: Phone::parse(word.replace("zqx", "+493012345")).into_iter().collect(),
            ..DeclaredProfile::default()
        },
        metadata: metadata([("diary", Json::String(word.to_owned()))]),
        tags: vec![tag(word)],
        ..a_user(word)
    };
    tenant.has(command).await;
    let session = format!("{word}-session");
    let approval = a_session_report(&session, word, 1, SessionStatus::Approved);
    assert!(tenant.session(approval).await.is_ok());
    let payment = a_transaction_report(&format!("{word}-payment"), word, 1, &[]);
    tenant.transactions(vec![payment]).await;
    let mut hit = a_risk_report(&format!("{word}-hit"), word, RiskKind::OngoingAml);
    hit.event.detail = Some(a_reason(&format!("{word} in the news")));
    tenant.risks(vec![hit]).await;
}

/// Columns whose statistics contain one of these words, each with the first word found.
fn in_statistics(purging: &Purging, words: &[String]) -> Vec<String> {
    let of_columns = purging.scene.lines(
        "SELECT format('%s.%s %s %s %s', tablename, attname, most_common_vals, histogram_bounds, most_common_elems) AS line
         FROM pg_stats WHERE schemaname = 'public' ORDER BY 1",
    );
    let found = of_columns.iter().filter_map(|line| {
        let word = words.iter().find(|word| line.contains(*word))?;
        Some(format!("{word} in {}", line.split(' ').next()?))
    });
    found.collect()
}

#[test]
fn statistics_contain_nothing_of_an_erased_user() {
    const USERS: usize = 40;

    run(async {
        let purging = Purging::new().await;
        let words: Vec<_> = (10..10 + USERS).map(|number| format!("zqx{number}")).collect();
        for word in &words {
            a_complete_user(purging.tenant(), word).await;
        }
        let ids = "SELECT id::text AS line FROM users ORDER BY vendor_data";
        let ids = purging.scene.lines(ids);
        let (erased, left) = words.split_at(USERS / 2);
        purging.scene.execute("ANALYZE");
        let before = in_statistics(&purging, erased);
        for column in ["users.vendor_data", "user_search.body"] {
            assert!(before.iter().any(|found| found.ends_with(column)), "{before:?}");
        }

        for word in erased {
            purging.delete(word).await;
        }
        purging.scene.deliver().await;
        let (_, receipt) = purging.purges.run(7).await;
        assert_eq!(receipt.expect("a receipt").purged.users, 20);
        assert_eq!(in_statistics(&purging, erased), [""; 0]);
        assert_eq!(in_statistics(&purging, &ids[..USERS / 2]), [""; 0]);
        // Statistics for list filters still exist.
        assert!(!in_statistics(&purging, left).is_empty());
        assert!(purging.tenant().find(&by_name(&left[0])).await.is_some());
    });
}

/// The cause of the delay does not matter: here a lock, in production reads from a cold disk.
#[test]
fn analyse_may_take_longer_than_other_statements() {
    run(async {
        let scene = Scene::new().await;
        let id = random_uuid(testkit::base_time(), testkit::unique_seed());
        scene.execute(&format!("INSERT INTO purge_runs (id, users) VALUES ('{id}', 1)"));
        let store = PgPurgeStore::new(scene.database.pool_with(&PoolConfig {
            connections: 1,
            statement_timeout: Duration::from_millis(200),
            lock_timeout: Duration::from_secs(30),
            ..PoolConfig::default()
        }));
        let mut holder = connect(scene.database.owner_url());
        let lock = "BEGIN; LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE";
        assert!(holder.batch_execute(lock).is_ok());
        let finish = tokio::spawn(async move { store.finish(PurgeRunId::new(id)).await });
        let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted";
        until(&mut scene.owner(), waits, 1);
        assert!(holder.batch_execute("SELECT pg_sleep(0.5); COMMIT").is_ok());
        let receipt = finish.await.expect("no panic").expect("the store responds");
        assert!(receipt.is_some_and(|receipt| receipt.finished_at.is_some()));
    });
}
