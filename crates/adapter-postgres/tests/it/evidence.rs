//! Reports of other services with concurrent reports, concurrent deletions and rejected rows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use diesel::Connection as _;
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use testkit::{
    Tenant, a_risk_report, a_session_report, a_transaction_report, a_user, by_name, run, session_id,
};
use tokio::task::spawn;
use users_domain::model::evidence::{
    Evidence, EvidenceId, History, ReportOutcome, RiskKind, SessionId, SessionReport, SessionStatus,
};
use users_domain::model::{ApplicationId, UserKey, UserRecord};
use users_domain::ports::{FactsSpec, Mutation, Presence, WriteError};
use users_domain::rules::session_aggregate::{SessionAggregate, recount};
use users_domain::rules::{Rejection, decide_session};
use users_domain::service::ReportAnswer;

use crate::rivals::Rivals;
use crate::sql::{connect, execute, number, until};
use crate::subject::users_on;

const TABLES: [&str; 6] =
    ["user_sessions", "user_transactions", "user_risk_events", "users", "audit_entries", "events"];

async fn tenant_on(database: &Arc<TestDatabase>) -> Tenant {
    Tenant::of(&users_on(database)).await
}

fn sizes(owner: &mut PgConnection) -> [i64; 6] {
    TABLES.map(|table| number(owner, &format!("SELECT count(*) FROM {table}")))
}

#[test]
fn a_rejected_evidence_row_rolls_back_only_its_own_user() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = tenant_on(&database).await;
        let report = |name: &str| a_session_report(name, name, 1, SessionStatus::InReview);
        tenant.session(report("known")).await.unwrap();
        for (table, key) in [
            ("user_sessions", "session_id"),
            ("user_transactions", "transaction_id"),
            ("user_risk_events", "event_id"),
        ] {
            let refusal =
                format!("ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({key} <> 'wrong')");
            execute(database.owner_url(), &refusal).unwrap();
        }
        let mut owner = connect(database.owner_url());
        let before = sizes(&mut owner);

        let (ingest, service) = (&tenant.ingest, &tenant.service);
        let session = a_session_report("wrong", "known", 1, SessionStatus::Approved);
        assert!(ingest.sessions(service, vec![session]).await.is_err());
        let transaction = a_transaction_report("wrong", "new", 1, &[]);
        let answer = ingest.transactions(service, vec![transaction]).await;
        assert!(answer.is_err());
        let risk = a_risk_report("wrong", "known", RiskKind::BlocklistMatch);
        assert!(ingest.risks(service, vec![risk]).await.is_err());
        assert_eq!(sizes(&mut owner), before, "{TABLES:?}");

        let call = ["first", "wrong", "last"].map(report).to_vec();
        assert!(ingest.sessions(service, call).await.is_err());
        for (name, is_there) in [("first", true), ("wrong", false), ("last", true)] {
            let user = tenant.find(&by_name(name)).await;
            assert_eq!(user.is_some(), is_there, "{name}");
            let id = EvidenceId::Session(session_id(name));
            let stored = tenant.stored_evidence(id).await;
            assert_eq!(stored.is_some(), is_there, "{name}");
        }
    });
}

#[test]
fn batches_of_a_hundred_in_opposite_orders_lose_nothing() {
    const WRITERS: usize = 4;
    const ROUNDS: u64 = 5;
    const USERS: usize = 20;
    const SESSIONS: usize = 5;

    let rivals = run(async {
        let rivals = Rivals::new().await;
        let applied = rivals
            .at_once(WRITERS, |rivals, writer| async move {
                let mut applied = Vec::new();
                for round in 0..ROUNDS {
                    let mut batch: Vec<_> = (0..USERS * SESSIONS)
                        .map(|place| report_of(place % USERS, place / USERS, round))
                        .collect();
                    if writer % 2 == 1 {
                        batch.reverse();
                    }
                    batch.rotate_left(writer / 2 * 30);
                    let revisions: Vec<_> = batch.iter().map(revision_of).collect();
                    let answers = rivals.report(writer, batch).await;
                    for (revision, answer) in revisions.into_iter().zip(answers) {
                        if answer.unwrap().receipt == ReportOutcome::Applied {
                            applied.push(revision);
                        }
                    }
                }
                applied
            })
            .await;
        let mut applied = applied.concat();
        let answers = applied.len();
        applied.sort_unstable();
        applied.dedup();
        assert_eq!(applied.len(), answers, "no revision was applied twice");
        let last = applied.iter().filter(|(_, number)| *number == ROUNDS);
        let all = USERS * SESSIONS;
        assert_eq!(last.count(), all, "the last revision of each session was applied");
        for (record, history) in assert_all_add_up(&rivals.tenant).await {
            assert_eq!(history.sessions.len(), SESSIONS);
            let newest = history.sessions.iter().map(|session| &session.newest);
            assert!(newest.map(|state| state.revision.number()).all(|number| number == ROUNDS));
            // Each revision of each session is applied once, whichever writer reported it first.
            let most = 2 * u64::try_from(SESSIONS).unwrap() * ROUNDS;
            assert!(record.version <= most, "{}", record.version);
        }
        rivals
    });
    assert_eq!(rivals.deadlocks(), 0);
}

fn revision_of(report: &SessionReport) -> (SessionId, u64) {
    (report.session.clone(), report.state.revision.number())
}

/// The reports of all writers in this round: sessions are approved and declined in turn.
fn report_of(user: usize, session: usize, round: u64) -> SessionReport {
    let turn = usize::try_from(round).unwrap() + session;
    let status = match turn % 3 {
        0 => SessionStatus::InReview,
        1 => SessionStatus::Approved,
        _ => SessionStatus::Declined,
    };
    a_session_report(&format!("{session} of {user}"), &format!("user {user}"), round + 1, status)
}

/// Asserts that the aggregates of every user match its stored sessions.
async fn assert_all_add_up(tenant: &Tenant) -> Vec<(UserRecord, History)> {
    let rows = tenant.histories().await;
    assert!(!rows.is_empty());
    for (record, history) in &rows {
        assert_eq!(SessionAggregate::of(record), recount(&history.sessions));
    }
    rows
}

fn session_mutation(tenant: &Tenant, report: SessionReport) -> Mutation {
    let (context, application, settings) =
        (tenant.context(), tenant.id(), tenant.application.settings);
    Mutation {
        key: UserKey::VendorData(report.vendor_data.clone()),
        expected: Presence::Present,
        facts: FactsSpec {
            comments: false,
            evidence: Some(EvidenceId::Session(report.session.clone())),
            ..FactsSpec::default()
        },
        decide: Arc::new(move |facts| {
            decide_session(facts, &report, settings, application, &context)
        }),
    }
}

/// A report with `between` executed during its first decision.
fn interrupted(tenant: &Tenant, report: SessionReport, between: &str, url: &str) -> Mutation {
    let (between, url) = (between.to_owned(), url.to_owned());
    let once = std::sync::Once::new();
    let mut mutation = session_mutation(tenant, report);
    let decide = mutation.decide;
    mutation.decide = Arc::new(move |facts| {
        once.call_once(|| execute(&url, &between).unwrap());
        decide(facts)
    });
    mutation
}

async fn newest_revision(tenant: &Tenant) -> u64 {
    let id = EvidenceId::Session(session_id("s"));
    match tenant.stored_evidence(id).await.unwrap().evidence {
        Evidence::Session(session) => session.newest.revision.number(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_late_row_is_stored_only_if_its_user_and_row_are_unchanged() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = tenant_on(&database).await;
        let report = |revision| a_session_report("s", "ada", revision, SessionStatus::InReview);
        tenant.session(report(1)).await.unwrap();
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();

        // A concurrent newer revision makes this one stale.
        let newer = "UPDATE user_sessions SET revision = 5, last_seen_at = last_seen_at + interval '4 seconds',
            occurred_at = occurred_at + interval '4 seconds'";
        let mutation = interrupted(&tenant, report(2), newer, database.owner_url());
        let answers = tenant.commit(vec![mutation]).await;
        assert_eq!(answers, [Err(WriteError::UserGone(ReportOutcome::Stale))]);
        assert_eq!(newest_revision(&tenant).await, 5);

        // The user is restored concurrently: the report applies to the user again.
        let back = "UPDATE users SET deleted_at = NULL, version = version + 1";
        let mutation = interrupted(&tenant, report(6), back, database.owner_url());
        let mut answers = tenant.commit(vec![mutation]).await;
        let written = answers.remove(0).unwrap();
        assert_eq!(written.receipt, Some(ReportOutcome::Applied));
        assert_eq!(written.user.record.version, 4, "created, deleted, restored, reported");
        assert_eq!(newest_revision(&tenant).await, 6);
    });
}

#[test]
fn several_late_reports_of_one_call_see_each_other() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = tenant_on(&database).await;
        let report = |revision| a_session_report("s", "ada", revision, SessionStatus::InReview);
        tenant.session(report(1)).await.unwrap();
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();
        let of_another = a_session_report("s", "bob", 4, SessionStatus::InReview);
        let mut conflicting = report(3);
        conflicting.state = a_session_report("s", "ada", 3, SessionStatus::Declined).state;
        let call = vec![report(3), report(3), report(2), conflicting, of_another, report(4)];
        let answers = tenant.sessions(call).await;
        let receipts: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.map(|reported| (reported.receipt, reported.user.is_some())))
            .collect();
        let gone = |receipt| Ok((receipt, false));
        let expected = [
            gone(ReportOutcome::Applied),
            gone(ReportOutcome::Duplicate),
            gone(ReportOutcome::Stale),
            Err(Rejection::ReportConflict),
            Err(Rejection::EvidenceOfAnotherUser),
            gone(ReportOutcome::Applied),
        ];
        assert_eq!(receipts, expected);
        assert_eq!(newest_revision(&tenant).await, 4);
        assert_eq!(tenant.histories().await, []);
    });
}

#[test]
fn a_refusal_based_on_a_lost_race_is_reconsidered() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = tenant_on(&database).await;
        tenant.has(a_user("bob")).await;
        let report = |name| a_session_report("s", name, 1, SessionStatus::InReview);
        // During the decision, another session creates ada and reports bob's session.
        let between = format!(
            "{}; {}",
            a_user_named("ada", tenant.id()),
            a_session_of("bob", tenant.id(), 1)
        );
        let call = vec![
            interrupted(&tenant, report("ada"), &between, database.owner_url()),
            session_mutation(&tenant, report("bob")),
        ];
        let answers = tenant.commit(call).await;
        let refused = Err(Rejection::EvidenceOfAnotherUser.into());
        assert_eq!(answers.first(), Some(&refused), "the session is bob's");
        let bobs = answers.last().unwrap().as_ref().unwrap();
        assert_eq!(bobs.receipt, Some(ReportOutcome::Duplicate));
    });
}

/// Sessions that wait for a lock on the table of sessions.
const WAITING: &str =
    "SELECT count(*) FROM pg_locks WHERE relation = 'user_sessions'::regclass AND NOT granted";

/// Holds a lock on the table of sessions while `statements` run. The report has then read its user but not yet its
/// session.
async fn between_the_reads(
    database: &Arc<TestDatabase>,
    tenant: &Arc<Tenant>,
    report: SessionReport,
    statements: String,
) -> ReportAnswer {
    let mut holder = PgConnection::establish(database.owner_url()).unwrap();
    holder.batch_execute("BEGIN; LOCK user_sessions IN ACCESS EXCLUSIVE MODE").unwrap();
    let reporting = {
        let tenant = Arc::clone(tenant);
        spawn(async move { tenant.session(report).await })
    };
    let url = database.owner_url().to_owned();
    let wait = tokio::task::spawn_blocking(move || until(&mut connect(&url), WAITING, 1));
    wait.await.unwrap();
    holder.batch_execute(&statements).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    reporting.await.unwrap()
}

fn a_session_of(name: &str, application: ApplicationId, revision: u32) -> String {
    format!(
        "INSERT INTO user_sessions (application_id, session_id, user_id, revision, status, occurred_at, first_seen_at,
            last_seen_at, features, emails, phones)
         SELECT application_id, 's', id, {revision}, 'In Review', '{at}', '{at}', '{at}', '{{}}', '{{}}', '{{}}'
         FROM users WHERE application_id = '{application}' AND vendor_data = '{name}'",
        at = testkit::second(revision),
    )
}

pub(crate) fn a_user_named(name: &str, application: ApplicationId) -> String {
    format!(
        "INSERT INTO users (application_id, id, vendor_data, status, display_sort, declared_emails, declared_phones,
            declared_issuing_states, verified_emails, verified_phones, verified_issuing_states, session_count,
            approved_count, declined_count, in_review_count, features, last_activity_at, tags, metadata, created_at,
            updated_at, version, sequence)
         VALUES ('{application}', gen_random_uuid(), '{name}', 'ACTIVE', '', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}',
            '{{}}', 0, 0, 0, 0, '{{}}', now(), '[]', '{{}}', now(), now(), 1, 1)"
    )
}

#[test]
fn inconsistent_reads_of_user_and_session_are_not_decided_on() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = Arc::new(tenant_on(&database).await);
        let report = a_session_report("s", "ada", 1, SessionStatus::InReview);

        // Another session creates both in between: a user that was absent cannot have the session.
        let made = format!(
            "{}; {}",
            a_user_named("ada", tenant.id()),
            a_session_of("ada", tenant.id(), 1)
        );
        let answer = between_the_reads(&database, &tenant, report.clone(), made).await;
        let answer = answer.unwrap();
        assert_eq!(answer.receipt, ReportOutcome::Duplicate);
        assert_eq!(answer.user.unwrap().version, 1);

        // Another session reports it in between: the report is a duplicate, and the response shows the current user.
        let newer = a_session_report("s", "ada", 2, SessionStatus::InReview);
        let reported = format!(
            "UPDATE users SET version = 2; DELETE FROM user_sessions; {}",
            a_session_of("ada", tenant.id(), 2)
        );
        let answer = between_the_reads(&database, &tenant, newer, reported).await;
        let answer = answer.unwrap();
        assert_eq!(answer.receipt, ReportOutcome::Duplicate);
        assert_eq!(answer.user.unwrap().version, 2);
    });
}
