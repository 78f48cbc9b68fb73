//! Erasure of users: which data is removed, which stays, and which users are skipped.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::{COLUMNS, Content, MIGRATIONS, PgPurgeStore};
use diesel_migrations::MigrationHarness as _;
use testkit::conformance::Purges;
use testkit::{
    Tenant, a_reason, a_risk_report, a_session_report, a_transaction_report, a_user, by_name,
    display_name, metadata, run, tag, to_status,
};
use users_domain::model::evidence::{RiskKind, RuleAction, SessionStatus};
use users_domain::model::webhooks::DeliveryOrdering;
use users_domain::model::{Json, Reason, UserId, UserKey, UserRecord, UserStatus};
use users_domain::rules::{
    ChangeStatus, CreateUser, LegalHoldCommand, MetadataPatch, Patch, UpdateUser,
};

use crate::scene::{DATA, Scene};
use crate::sql::{connect, execute, lines, until};

pub(crate) struct Purging {
    pub(crate) scene: Scene,
    pub(crate) purges: Purges,
}

impl Purging {
    pub(crate) async fn new() -> Self {
        let scene = Scene::new().await;
        let store = Arc::new(PgPurgeStore::new(scene.database.pool()));
        let purges = Purges { store, application: scene.tenant.id() };
        Self { scene, purges }
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.scene.tenant
    }

    async fn deleted(&self, name: &str) -> UserRecord {
        self.tenant().has(a_user(name)).await;
        self.delete(name).await
    }

    pub(crate) async fn delete(&self, name: &str) -> UserRecord {
        let deletion = self.tenant().delete(by_name(name));
        let written = self.tenant().write(deletion).await;
        written.unwrap().user.record
    }

    fn rows_with(&self, needle: &str) -> Vec<String> {
        let mut rows = self.scene.dump();
        rows.retain(|row| row.contains(needle));
        rows
    }
}

/// Creates a user with every kind of data.
async fn a_complete_user(purging: &Purging) -> UserId {
    let tenant = purging.tenant();
    let mut command = CreateUser {
        display_name: Some(display_name("Zephyrine")),
        metadata: metadata([("diary", Json::String("quillfeather".to_owned()))]),
        tags: vec![tag("vip"), tag("zephyrine-case")],
        ..a_user("zephyrine-vendor")
    };
    let declared = &mut command.declared;
    declared.full_name =
        Some("Zephyrine Declared").map(|name| users_domain::model::FullName::parse(name).unwrap());
    declared.emails = vec![users_domain::model::Email::parse("zephyrine@declared.test").unwrap()];
    declared.phones = vec![users_domain::model::Phone::parse("+15550101").unwrap()];
    declared.issuing_states = vec![users_domain::model::CountryCode::parse("AND").unwrap()];
    let user = tenant.has(command).await.record.id;
    let name = "zephyrine-vendor";
    // Long enough to be shown shortened.
    let diary = metadata([("diary", Json::String("quillfeather ".repeat(40)))]);
    let long =
        UpdateUser { metadata: Some(MetadataPatch::Replace(diary)), ..UpdateUser::default() };
    tenant.write(tenant.update(by_name(name), long)).await.unwrap();
    let retag = UpdateUser { tags: Patch::Set(vec![tag("vip")]), ..UpdateUser::default() };
    tenant.write(tenant.update(by_name(name), retag)).await.unwrap();
    let mut approval = a_session_report("zephyrine-session", name, 1, SessionStatus::Approved);
    approval.state.incomplete = Some(approval.sent);
    tenant.session(approval).await.unwrap();
    let mut payment = a_transaction_report("zephyrine-payment", name, 1, &[RuleAction::Flag]);
    payment.state.incomplete = Some(payment.sent);
    tenant.transactions(vec![payment]).await;
    let mut hit = a_risk_report("zephyrine-hit", name, RiskKind::OngoingAml);
    hit.event.detail = Some(a_reason("zephyrine in the news"));
    hit.event.incomplete = Some(hit.sent);
    tenant.risks(vec![hit]).await;
    let block = ChangeStatus {
        reason: Reason::parse("zephyrine misbehaved").ok(),
        ..to_status(UserStatus::Blocked)
    };
    let block = tenant.change_status(by_name(name), block);
    tenant.write(block).await.unwrap();
    let reason = a_reason("zephyrine in court");
    for command in [LegalHoldCommand::Set { reason }, LegalHoldCommand::Lifted] {
        tenant.write(tenant.hold(by_name(name), command)).await.unwrap();
    }
    purging.scene.execute(&format!(
        "UPDATE users SET override_full_name = 'Zephyrine Override' WHERE id = '{user}';
         UPDATE users SET features = '{{\"AML\": \"Approved\"}}' WHERE id = '{user}';
         UPDATE user_sessions SET features = '{{\"AML\": \"Approved\"}}';
         INSERT INTO idempotency_claims
         SELECT application_id, sha256(kind::bytea), sha256('call'), CASE kind WHEN 'about her' THEN id END, NULL,
            'zephyrine and others', now() + interval '1 day'
         FROM users, unnest(ARRAY['about her', 'about many']) kind WHERE id = '{user}'"
    ));
    user
}

/// Every migration must be reversible on a database with data.
#[test]
fn migrations_go_down_and_up_with_rows_in_every_table() {
    run(async {
        let purging = Purging::new().await;
        let destination = purging.scene.destination(&[DATA], DeliveryOrdering::PerUser);
        a_complete_user(&purging).await;
        purging.deleted("erased").await;
        purging.scene.deliver().await;
        assert_eq!(purging.purges.run(10).await.1.unwrap().purged.users, 1);
        purging.delete("zephyrine-vendor").await;
        purging.scene.sequence().await;
        let (application, destination) = (purging.tenant().id(), destination.id);
        purging.scene.execute(&format!(
            "INSERT INTO key_check (sealed) VALUES ('sealed');
             INSERT INTO api_keys (id, application_id, name, kind, role, digest, prefix, created_at, allowed_ips)
             VALUES (gen_random_uuid(), '{application}', 'k', 'role', 'OWNER', sha256('k'), 'sk_live_kkkk', now(), '{{::1}}');
             INSERT INTO webhook_dead_letters (application_id, destination_id, queue_seq, order_key, event_id, event_recorded_at,
                attempts_made)
             SELECT application_id, '{destination}', 1, 1, id, recorded_at, 1 FROM events LIMIT 1;
             INSERT INTO webhook_recoveries (application_id, destination_id, id, since)
             VALUES ('{application}', '{destination}', gen_random_uuid(), now());
             INSERT INTO webhook_attempts (application_id, destination_id, id, event_id, event_recorded_at, duration_ms,
                number, webhook_type, trigger, outcome)
             SELECT application_id, '{destination}', gen_random_uuid(), id, recorded_at, 1, 1, webhook_type, 'schedule',
                'failed'
             FROM events LIMIT 1;
             INSERT INTO audit_entries (application_id, id, at, actor_kind, operation, kind, fields, request_id, commitment)
             VALUES ('{application}', gen_random_uuid(), now(), 'system', 'update', 'SETTINGS_CHANGED', '{{}}', 'r',
                sha256('x'))"
        ));
        purging.tenant().has(a_user("waits for the sequencer")).await;
        let empty = purging.scene.lines(
            "SELECT relname::text AS line FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
             AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', relname), false, true, '')))[1]::text = '0'
             ORDER BY 1",
        );
        assert_eq!(empty, [""; 0], "these tables are empty");
        let mut owner = purging.scene.owner();
        owner.revert_all_migrations(MIGRATIONS).unwrap();
        owner.run_pending_migrations(MIGRATIONS).unwrap();
    });
}

#[test]
fn no_personal_data_of_a_purged_user_is_left() {
    run(async {
        let purging = Purging::new().await;
        purging.scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let user = a_complete_user(&purging).await;
        purging.delete("zephyrine-vendor").await;
        purging.scene.deliver().await;
        let personal = || COLUMNS.iter().filter(|column| column.content == Content::Personal);
        let filled = |column: &adapter_postgres::Column| {
            let (table, name) = (column.table, column.name);
            let text = format!(
                "SELECT count(*) FROM {table} WHERE {name}::text NOT IN ('', '{{}}', '[]')"
            );
            purging.scene.number(&text)
        };
        for column in personal() {
            // A held user is not purged, so this column cannot be filled.
            let expected = i64::from(column.name != "legal_hold_reason");
            assert!(filled(column) >= expected, "{column:?} is not seeded");
        }
        let needles = [
            "ephyrine".to_owned(),
            "quillfeather".to_owned(),
            "+15550101".to_owned(),
            user.to_string(),
        ];
        for needle in &needles {
            assert!(!purging.rows_with(needle).is_empty(), "{needle}");
        }
        let trail = purging.scene.lines(
            "SELECT format('%s %s %s %s %s %s', id, at, actor_key, operation, fields, commitment) AS line
             FROM audit_entries ORDER BY id",
        );
        let (waiting, receipt) = purging.purges.run(10).await;
        assert_eq!((waiting, receipt.unwrap().purged.users), (0, 1));

        for column in personal() {
            assert_eq!(filled(column), 0, "{column:?}");
        }
        for needle in &needles {
            assert_eq!(purging.rows_with(needle), [""; 0], "{needle}");
        }
        let left = purging.scene.lines(
            "SELECT format('%s %s %s %s %s %s', id, at, actor_key, operation, fields, commitment) AS line
             FROM audit_entries ORDER BY id",
        );
        assert_eq!(left, trail, "the kept part of the trail");
        let pseudonyms = "SELECT count(DISTINCT user_id) FROM (
            SELECT user_id FROM audit_entries UNION ALL SELECT user_id FROM events) a";
        assert_eq!(purging.scene.number(pseudonyms), 1, "one pseudonym for all");
        let gone = purging.tenant().find(&UserKey::IdIncludingDeleted(user)).await;
        assert_eq!(gone, None);
    });
}

#[test]
fn a_portion_does_not_wait_for_another_process() {
    run(async {
        let purging = Purging::new().await;
        purging.deleted("a").await;
        purging.scene.deliver().await;
        let run = purging.purges.begin().await;
        let mut other = connect(purging.scene.database.owner_url());
        let lock = "SELECT pg_advisory_lock(x'7075726765'::bigint)::text AS line";
        lines(&mut other, lock);
        assert_eq!(purging.purges.portion(run, None, 10).await, None);
        drop(other);
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'\n            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        until(&mut purging.scene.owner(), held, 0);
        let portion = purging.purges.portion(run, None, 10).await;
        assert_eq!(portion.map(|portion| portion.erased), Some(1));
    });
}

#[test]
fn history_changes_only_within_a_purge() {
    run(async {
        let purging = Purging::new().await;
        purging.deleted("a").await;
        for change in [
            "SET users.purging = '1'; DELETE FROM audit_details",
            "BEGIN; SELECT set_config('users.purging', pg_current_xact_id()::text, true); DELETE FROM audit_entries",
            "BEGIN; SELECT set_config('users.purging', pg_current_xact_id()::text, true); TRUNCATE events",
        ] {
            let refusal = execute(purging.scene.database.owner_url(), change).unwrap_err();
            let refusal_text = refusal.to_string();
            assert!(refusal_text.ends_with("its rows are history"), "{change}: {refusal_text}");
        }
        for call in [
            "UPDATE purge_runs SET users = 1",
            "SELECT awaiting_delivery(gen_random_uuid(), '{}', '{}'); DELETE FROM user_sessions",
            "SELECT set_config('users.purging', pg_current_xact_id()::text, true); DELETE FROM audit_details",
        ] {
            let refusal = execute(purging.scene.database.runtime_url(), call).unwrap_err();
            let refusal_text = refusal.to_string();
            assert!(refusal_text.starts_with("permission denied"), "{call}: {refusal_text}");
        }
    });
}
