//! Reports about deleted users.

use std::sync::Arc;

use users_domain::model::evidence::{
    Evidence, EvidenceId, ReportOutcome, RiskKind, RuleAction, SessionStatus, StoredEvidence,
};
use users_domain::model::{ApplicationSettings, UserStatus};
use users_domain::rules::session_aggregate::SessionAggregate;

use super::concurrency::{TRIES, with_retries};
use super::model::assert_aggregates_match;
use crate::conformance::UserStoreSubject;
use crate::conformance::at_once::at_once;
use crate::{
    Report, Tenant, a_risk_report, a_session_report, a_transaction_report, by_name, second,
    session_id, transaction_id,
};

/// New revisions of sessions and transactions of a deleted user update their rows. They create no user, no audit entry
/// and no event.
pub async fn evidence_of_a_deleted_user_is_updated_and_nothing_else(subject: &UserStoreSubject) {
    let tenant = deleted_with_a_session(subject).await;
    let owner = stored_session(&tenant, "s").await.owner;
    assert!(owner.deleted);
    let trail = subject.inspect.audit_entries(tenant.id(), owner.user).await;
    let events = subject.inspect.events(tenant.id(), owner.user).await;

    let report = |revision, status| a_session_report("s", "ada", revision, status);
    for (report, receipt) in [
        (report(3, SessionStatus::Declined), ReportOutcome::Applied),
        (report(3, SessionStatus::Declined), ReportOutcome::Duplicate),
        (report(1, SessionStatus::NotStarted), ReportOutcome::Stale),
    ] {
        let reported = tenant.session(report).await.expect("no refusal");
        assert_eq!((reported.receipt, reported.user), (receipt, None));
    }
    let StoredEvidence { owner: still, evidence: Evidence::Session(session) } =
        stored_session(&tenant, "s").await
    else {
        panic!("a session")
    };
    assert_eq!(still, owner);
    assert_eq!(session.newest, report(3, SessionStatus::Declined).state);
    assert_eq!(
        (session.seen.first, session.seen.last),
        (second(1), second(3)),
        "a stale revision extends the time span"
    );

    let payment = a_transaction_report("t", "ada", 2, &[RuleAction::Block]);
    let answers = tenant.transactions(vec![payment.clone()]).await;
    let reported = answers.first().cloned().expect("one").expect("no refusal");
    assert_eq!(reported.user, None);
    let id = EvidenceId::Transaction(transaction_id("t"));
    let stored = tenant.stored_evidence(id).await.map(|row| row.evidence);
    let Some(Evidence::Transaction(transaction)) = stored else { panic!("a transaction") };
    assert_eq!(transaction.newest, payment.state);

    let hit = a_risk_report("r", "ada", RiskKind::OngoingAml);
    let known = tenant.risks(vec![hit]).await;
    let receipt = known.first().cloned().expect("one").expect("no refusal");
    assert_eq!(receipt.receipt, ReportOutcome::Duplicate);

    assert_eq!(tenant.find(&by_name("ada")).await, None);
    let trail_after = subject.inspect.audit_entries(tenant.id(), owner.user).await;
    assert_eq!(trail_after.len(), trail.len());
    let events_after = subject.inspect.events(tenant.id(), owner.user).await;
    assert_eq!(events_after.len(), events.len());
    tenant.assert_stored_as_decided().await;
}

/// A new user has the `vendor_data` of a deleted one. Sessions of the deleted user stay with the deleted user.
pub async fn a_new_user_does_not_inherit_sessions_of_a_deleted_one(subject: &UserStoreSubject) {
    let tenant = deleted_with_a_session(subject).await;
    let deleted = stored_session(&tenant, "s").await.owner.user;
    let call = vec![
        a_session_report("s", "ada", 4, SessionStatus::Declined),
        a_session_report("new", "ada", 1, SessionStatus::InReview),
        a_session_report("s", "ada", 5, SessionStatus::Approved),
    ];
    let answers = tenant.sessions(call.clone()).await;
    let users: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("no refusal").user.map(|user| user.id))
        .collect();
    let new = users.get(1).copied().flatten().expect("a new user");
    assert_eq!(users, [None, Some(new), None]);
    assert_ne!(new, deleted);

    let own: Vec<_> = call.iter().skip(1).take(1).cloned().collect();
    let own: Vec<_> = own.into_iter().map(Report::Session).collect();
    assert_aggregates_match(&tenant, &own).await;
    let ada = tenant.find(&by_name("ada")).await.expect("ada");
    assert_eq!(
        (ada.record.id, ada.record.status, ada.record.version),
        (new, UserStatus::Active, 1)
    );
    assert_eq!(stored_session(&tenant, "s").await.owner.user, deleted);
    tenant.assert_stored_as_decided().await;
}

/// A user is deleted while its sessions are reported. Each session stays with the deleted user and has its newest
/// revision.
pub async fn reports_during_a_deletion_create_no_user_and_are_not_lost(subject: &UserStoreSubject) {
    const SESSIONS: usize = 4;
    const REVISIONS: u64 = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    let session_of = |number: usize| format!("s{number}");
    let first: Vec<_> = (0..SESSIONS)
        .map(|number| a_session_report(&session_of(number), "ada", 1, SessionStatus::InReview))
        .collect();
    tenant.sessions(first).await;
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
    for number in 0..SESSIONS {
        let tenant = Arc::clone(&tenant);
        tasks.push(Box::pin(async move {
            for revision in 2..=REVISIONS {
                let status = SessionStatus::Approved;
                let report = a_session_report(&session_of(number), "ada", revision, status);
                let answers = with_retries(&tenant, &[Report::Session(report)]).await;
                assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            }
        }));
    }
    let deleting = Arc::clone(&tenant);
    tasks.push(Box::pin(async move {
        for _ in 0..TRIES {
            if deleting.write(deleting.delete(by_name("ada"))).await.is_ok() {
                return;
            }
        }
        panic!("the user was never deleted");
    }));
    at_once(tasks).await;

    assert_eq!(tenant.find(&by_name("ada")).await, None, "no user was created");
    for number in 0..SESSIONS {
        let stored = stored_session(&tenant, &session_of(number)).await;
        let Evidence::Session(session) = stored.evidence else { panic!("a session") };
        assert!(stored.owner.deleted);
        assert_eq!(session.newest.revision.number(), REVISIONS);
    }
    let users = tenant.journal.users();
    let ada = users.first().expect("ada");
    let aggregate = SessionAggregate::of(&ada.record);
    assert_eq!(aggregate.counters.session_count as usize, SESSIONS);
}

/// A deleted user with a session, a transaction and a risk event. The application blocks users on a decline.
async fn deleted_with_a_session(subject: &UserStoreSubject) -> Tenant {
    let settings =
        ApplicationSettings { auto_block_on_decline: true, ..ApplicationSettings::default() };
    let tenant = Tenant::with(subject, settings).await;
    let report = a_session_report("s", "ada", 2, SessionStatus::Approved);
    tenant.session(report).await.expect("a user");
    let payment = a_transaction_report("t", "ada", 1, &[]);
    tenant.transactions(vec![payment]).await;
    let hit = a_risk_report("r", "ada", RiskKind::OngoingAml);
    tenant.risks(vec![hit]).await;
    tenant.remove("ada").await;
    tenant
}

async fn stored_session(tenant: &Tenant, session: &str) -> StoredEvidence {
    let id = EvidenceId::Session(session_id(session));
    tenant.stored_evidence(id).await.expect("the stored session")
}
