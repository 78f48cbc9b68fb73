//! Atomic writes of reports.

use users_domain::model::ApplicationSettings;
use users_domain::model::evidence::{EvidenceId, RiskKind, RuleAction, SessionStatus};
use users_domain::service::ReportAnswer;

use super::model::assert_aggregates_match;
use crate::conformance::UserStoreSubject;
use crate::{
    Report, Tenant, a_risk_report, a_session_report, a_transaction_report, by_name, session_id,
    transaction_id,
};

/// If every event insert fails, reports of each kind write neither evidence nor changes of users. Once inserts succeed
/// again, the same reports are written completely.
pub async fn a_report_is_written_atomically(subject: &UserStoreSubject) {
    let settings =
        ApplicationSettings { auto_block_on_decline: true, ..ApplicationSettings::default() };
    let tenant = Tenant::with(subject, settings).await;
    let known = a_session_report("known", "ada", 1, SessionStatus::InReview);
    tenant.session(known.clone()).await.expect("a user");

    let next = a_session_report("known", "ada", 2, SessionStatus::Declined);
    let first = a_session_report("first", "bob", 1, SessionStatus::Approved);
    let payment = a_transaction_report("payment", "eve", 1, &[RuleAction::Flag]);
    let hit = a_risk_report("hit", "ada", RiskKind::BlocklistMatch);

    subject.inspect.fail_event_inserts(true).await;
    let (ingest, service) = (&tenant.ingest, &tenant.service);
    for reports in [vec![next.clone()], vec![first.clone()], vec![next.clone(), first.clone()]] {
        assert_fails(ingest.sessions(service, reports).await.is_err());
    }
    let payments = vec![payment.clone()];
    assert_fails(ingest.transactions(service, payments).await.is_err());
    assert_fails(ingest.risks(service, vec![hit.clone()]).await.is_err());
    tenant.assert_stored_as_decided().await;
    subject.inspect.fail_event_inserts(false).await;

    tenant.assert_stored_as_decided().await;
    assert_aggregates_match(&tenant, &[Report::Session(known.clone())]).await;
    for id in [
        EvidenceId::Session(session_id("first")),
        EvidenceId::Transaction(transaction_id("payment")),
        EvidenceId::RiskEvent(hit.event.id.clone()),
    ] {
        assert_eq!(
            tenant.stored_evidence(id).await,
            None,
            "evidence is not stored without its event"
        );
    }
    assert_eq!(tenant.find(&by_name("bob")).await, None);

    assert_accepted(tenant.risks(vec![hit]).await);
    assert_accepted(tenant.sessions(vec![next.clone(), first.clone()]).await);
    assert_accepted(tenant.transactions(vec![payment.clone()]).await);
    let sessions = [known, next, first].map(Report::Session);
    let mut reports = Vec::from(sessions);
    reports.push(Report::Transaction(payment));
    assert_aggregates_match(&tenant, &reports).await;
    tenant.assert_stored_as_decided().await;
}

fn assert_fails(failed: bool) {
    assert!(failed, "an event was not written, and the store reported success");
}

fn assert_accepted(answers: Vec<ReportAnswer>) {
    for answer in answers {
        answer.expect("no refusal");
    }
}
