//! How calls fail that PostgreSQL rejects, and what the error reports.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{PgReadiness, Pool, PoolConfig};
use testkit::conformance::UserStoreSubject;
use testkit::{Tenant, a_user, by_name, display_name, run};
use users_domain::ports::{Readiness as _, StoreError};
use users_domain::rules::{Patch, UpdateUser};

use crate::sql::{connect, execute, lines, until};
use crate::subject::{users_on, users_over};

struct Scene {
    database: Arc<TestDatabase>,
    tenant: Tenant,
    pool: Pool,
    subject: UserStoreSubject,
}

async fn scene() -> Scene {
    let database = Arc::new(TestDatabase::migrated());
    let tenant = Tenant::of(&users_on(&database)).await;
    tenant.has(a_user("ada")).await;
    let pool = database.pool_with(&PoolConfig {
        connections: 4,
        lock_timeout: Duration::from_millis(200),
        ..PoolConfig::default()
    });
    let subject = users_over(&database, &pool);
    Scene { database, tenant, pool, subject }
}

impl Scene {
    fn owner_does(&self, statements: &str) {
        execute(self.database.owner_url(), statements).unwrap();
    }

    async fn find(&self) -> Result<bool, StoreError> {
        let name = by_name("ada");
        let found = self.subject.reader.find(self.tenant.id(), &name).await;
        found.map(|user| user.is_some())
    }

    async fn rename(&self, name: &str) -> Result<(), StoreError> {
        let command =
            UpdateUser { display_name: Patch::Set(display_name(name)), ..UpdateUser::default() };
        let change = self.tenant.update(by_name("ada"), command);
        let answers = self.subject.store.commit(self.tenant.id(), vec![change]);
        answers.await.map(drop)
    }

    /// Makes all reads of users execute `statements`.
    fn reads_end_in(&self, statements: &str) {
        self.owner_does(&format!(
            "CREATE FUNCTION refuse() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN {statements} END $$;
             GRANT EXECUTE ON FUNCTION refuse() TO PUBLIC;
             ALTER TABLE users ENABLE ROW LEVEL SECURITY;
             CREATE POLICY refusing ON users USING (refuse())"
        ));
    }
}

/// The value of an expression, quoted as an identifier.
fn name(scene: &Scene, expression: &str) -> String {
    let mut runtime = connect(scene.database.runtime_url());
    lines(&mut runtime, &format!("SELECT quote_ident({expression})::text AS line")).remove(0)
}

#[test]
fn a_missing_privilege_is_reported_and_makes_the_service_not_ready() {
    run(async {
        let scene = scene().await;
        let readiness = PgReadiness::new(scene.database.pool()).watching([scene.pool.clone()]);
        let role = name(&scene, "current_user");
        scene.owner_does(&format!("REVOKE SELECT ON users FROM {role}"));
        for _ in 0..5 {
            assert_eq!(readiness.check().await, Ok(()));
            let Err(StoreError::Defect { reason }) = scene.find().await else {
                panic!("the read must fail");
            };
            assert!(reason.contains("SQLSTATE 42501"), "{reason}");
        }
        let Err(StoreError::Unavailable { reason }) = readiness.check().await else {
            panic!("the service must not be ready");
        };
        assert!(reason.contains("SQLSTATE 42501"), "{reason}");
        scene.owner_does(&format!("GRANT SELECT ON users TO {role}"));
        assert_eq!(scene.find().await, Ok(true));
        assert_eq!(readiness.check().await, Ok(()));
    });
}

#[test]
fn errors_in_functions_and_policies_are_reported_by_their_class() {
    run(async {
        for (statements, code) in [
            ("PERFORM nothing_of_the_kind();", "SQLSTATE 42704"),
            ("PERFORM count(*) FROM nothing_of_the_kind;", "SQLSTATE 42704"),
            (
                "RAISE EXCEPTION 'new row violates row-level security policy for table \"users\"';",
                "SQLSTATE 42501",
            ),
        ] {
            let scene = scene().await;
            let pool = scene.pool.clone();
            let readiness = PgReadiness::new(scene.database.pool()).watching([pool]);
            scene.reads_end_in(statements);
            for _ in 0..5 {
                let Err(StoreError::Defect { reason }) = scene.find().await else {
                    panic!("{statements}");
                };
                assert!(reason.contains(code), "{reason}");
            }
            let ready = readiness.check().await;
            assert!(ready.is_err(), "{statements}");
        }
    });
}

#[test]
fn working_reads_do_not_hide_rejected_writes() {
    run(async {
        let scene = scene().await;
        let readiness = PgReadiness::new(scene.database.pool()).watching([scene.pool.clone()]);
        let role = name(&scene, "current_user");
        scene.owner_does(&format!("REVOKE INSERT ON audit_entries FROM {role}"));
        for attempt in 0..5 {
            assert_eq!(readiness.check().await, Ok(()));
            assert!(scene.rename(&format!("Ada {attempt}")).await.is_err());
            assert_eq!(scene.find().await, Ok(true));
        }
        assert!(readiness.check().await.is_err());
    });
}

#[test]
fn a_violated_constraint_is_reported_by_name_without_values() {
    run(async {
        let scene = scene().await;
        scene.owner_does(
            "ALTER TABLE users ADD CONSTRAINT no_adas CHECK (display_name <> 'Augusta')",
        );
        let Err(StoreError::Defect { reason }) = scene.rename("Augusta").await else {
            panic!("the constraint refuses it");
        };
        for name in ["SQLSTATE 23514", "table users", "constraint no_adas"] {
            assert!(reason.contains(name), "{name}: {reason}");
        }
        assert!(!reason.contains("Augusta"), "{reason}");
    });
}

#[test]
fn a_lock_timeout_is_not_a_defect_in_any_language() {
    run(async {
        let scene = scene().await;
        scene.reads_end_in(
            "PERFORM pg_sleep(0.3);
             RAISE EXCEPTION 'storniere Anfrage wegen Zeitüberschreitung der Sperre' USING ERRCODE = '55P03';",
        );
        let answer = scene.find().await;
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    });
}

#[test]
fn a_read_only_server_keeps_connections_for_reads() {
    const SESSIONS: &str = "FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'users-server'";

    run(async {
        let scene = scene().await;
        let name = name(&scene, "current_database()");
        scene.owner_does(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
        let pool = scene.database.pool_with(&PoolConfig {
            connections: 4,
            application_name: "users-server reading".to_owned(),
            ..PoolConfig::default()
        });
        let scene = Scene { subject: users_over(&scene.database, &pool), ..scene };
        let sessions = SESSIONS.replace("users-server", "users-server reading");
        let mut watcher = connect(scene.database.runtime_url());
        until(&mut watcher, &format!("SELECT count(*) {sessions}"), 4);
        let pids = format!("SELECT pid::text AS line {sessions}");
        let before = lines(&mut watcher, &pids);
        for _ in 0..3 {
            let answer = scene.rename("Augusta").await;
            assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
            assert_eq!(scene.find().await, Ok(true));
        }
        let after = lines(&mut watcher, &pids);
        let kept = before.iter().filter(|pid| after.contains(pid));
        assert!(kept.count() >= 1, "every connection was replaced");
    });
}
