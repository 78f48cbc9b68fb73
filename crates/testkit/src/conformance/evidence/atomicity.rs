//! All of a report, or nothing.

use users_domain::model::ApplicationSettings;
use users_domain::model::evidence::{EvidenceId, RiskKind, RuleAction, SessionStatus};
use users_domain::service::ReportAnswer;

use super::model::assert_standing_follows_from;
use crate::conformance::UserStoreSubject;
use crate::{
    Report, Tenant, a_risk_report, a_session_report, a_transaction_report, by_name, session_id,
    transaction_id,
};

/// With every insert of an event failing, reports of each kind leave no trace, neither of the user nor of themselves;
/// once it works again, the same reports leave all.
pub async fn a_changed_user_its_evidence_its_audit_entries_and_its_events_are_written_together_or_not_at_all(
    subject: &UserStoreSubject,
) {
    let settings = ApplicationSettings {
        auto_block_on_decline: true,
        ..ApplicationSettings::default()
    };
    let tenant = Tenant::with(subject, settings).await;
    let known = a_session_report("known", "ada", 1, SessionStatus::InReview);
    tenant.session(known.clone()).await.expect("a user");

    let next = a_session_report("known", "ada", 2, SessionStatus::Declined);
    let first = a_session_report("first", "bob", 1, SessionStatus::Approved);
    let payment = a_transaction_report("payment", "eve", 1, &[RuleAction::Flag]);
    let hit = a_risk_report("hit", "ada", RiskKind::BlocklistMatch);

    subject.inspect.fail_event_inserts(true).await;
    let (ingest, service) = (&tenant.ingest, &tenant.service);
    for reports in [
        vec![next.clone()],
        vec![first.clone()],
        vec![next.clone(), first.clone()],
    ] {
        assert_fails(ingest.sessions(service, reports).await.is_err());
    }
    let payments = vec![payment.clone()];
    assert_fails(ingest.transactions(service, payments).await.is_err());
    assert_fails(ingest.risks(service, vec![hit.clone()]).await.is_err());
    tenant.assert_stored_as_decided().await;
    subject.inspect.fail_event_inserts(false).await;

    tenant.assert_stored_as_decided().await;
    assert_standing_follows_from(&tenant, &[Report::Session(known.clone())]).await;
    for id in [
        EvidenceId::Session(session_id("first")),
        EvidenceId::Transaction(transaction_id("payment")),
        EvidenceId::RiskEvent(hit.event.id.clone()),
    ] {
        assert_eq!(
            tenant.kept(id).await,
            None,
            "nothing is kept without its event"
        );
    }
    assert_eq!(tenant.find(&by_name("bob")).await, None);

    assert_taken(tenant.risks(vec![hit]).await);
    assert_taken(tenant.sessions(vec![next.clone(), first.clone()]).await);
    assert_taken(tenant.transactions(vec![payment.clone()]).await);
    let sessions = [known, next, first].map(Report::Session);
    let mut reports = Vec::from(sessions);
    reports.push(Report::Transaction(payment));
    assert_standing_follows_from(&tenant, &reports).await;
    tenant.assert_stored_as_decided().await;
}

fn assert_fails(failed: bool) {
    assert!(
        failed,
        "an event was not written, and the store says that all is well"
    );
}

fn assert_taken(answers: Vec<ReportAnswer>) {
    for answer in answers {
        answer.expect("no refusal");
    }
}
