//! Owners of evidence, and refused reports.

use users_domain::model::evidence::{
    EvidenceId, ReportOutcome, RiskKind, RuleAction, SessionStatus, TransactionStatus,
};
use users_domain::rules::Rejection;

use super::model::assert_aggregates_match;
use crate::conformance::UserStoreSubject;
use crate::{
    Report, Tenant, a_risk_report, a_session_report, a_transaction_report, a_user, by_name,
    session_id,
};

/// A report under another `vendor_data` is refused and changes nothing, whether or not that user exists.
pub async fn a_session_stays_with_its_user(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let first = a_session_report("s", "ada", 1, SessionStatus::InReview);
    tenant.session(first.clone()).await.expect("ada's");
    let transaction = a_transaction_report("t", "ada", 1, &[]);
    tenant.transactions(vec![transaction]).await;
    tenant.has(a_user("bob")).await;

    let refused = Err(Rejection::EvidenceOfAnotherUser);
    for name in ["bob", "nobody", "Ada"] {
        let report = a_session_report("s", name, 2, SessionStatus::Approved);
        assert_eq!(tenant.session(report).await, refused, "{name}");
        let report = a_transaction_report("t", name, 2, &[RuleAction::Block]);
        let answers = tenant.transactions(vec![report]).await;
        assert_eq!(answers, std::slice::from_ref(&refused), "{name}");
    }
    assert_eq!(tenant.find(&by_name("nobody")).await, None);
    let bob = tenant.find(&by_name("bob")).await.expect("bob");
    assert_eq!(bob.record.version, 1);

    let next = a_session_report("s", "ada", 2, SessionStatus::Approved);
    let accepted = tenant.session(next).await.expect("ada's");
    assert_eq!(accepted.receipt, ReportOutcome::Applied);
    tenant.assert_stored_as_decided().await;
}

/// The same revision or risk event with different content is refused, also within one call.
pub async fn a_revision_with_different_content_is_refused(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let first = a_session_report("s", "ada", 3, SessionStatus::InReview);
    let mut other = first.clone();
    other.state.status = SessionStatus::Declined;
    let conflict = Err(Rejection::ReportConflict);
    let receipts = |answers: Vec<_>| -> Vec<_> {
        answers
            .into_iter()
            .map(|answer: users_domain::service::ReportAnswer| {
                answer.map(|reported| reported.receipt)
            })
            .collect()
    };
    let call = vec![first.clone(), other.clone(), first.clone()];
    let answers = receipts(tenant.sessions(call).await);
    let expected = [Ok(ReportOutcome::Applied), conflict.clone(), Ok(ReportOutcome::Duplicate)];
    assert_eq!(answers, expected);
    let later = receipts(tenant.sessions(vec![other, first.clone()]).await);
    assert_eq!(later, [conflict.clone(), Ok(ReportOutcome::Duplicate)]);

    let payment = a_transaction_report("t", "ada", 1, &[]);
    let mut declined = payment.clone();
    declined.state.status = TransactionStatus::Declined;
    let call = vec![payment.clone(), declined, payment];
    assert_eq!(receipts(tenant.transactions(call).await), expected);

    let hit = a_risk_report("r", "ada", RiskKind::OngoingAml);
    let listed = a_risk_report("r", "ada", RiskKind::BlocklistMatch);
    let call = vec![hit.clone(), listed, hit];
    assert_eq!(receipts(tenant.risks(call).await), expected);

    let ada = tenant.find(&by_name("ada")).await.expect("ada");
    assert_eq!(ada.record.version, 3, "a session, a transaction and a risk event");
    tenant.assert_stored_as_decided().await;
}

/// Two applications use the same session ids, for users of equal and different names.
pub async fn the_same_ids_in_two_applications_are_two_sessions(subject: &UserStoreSubject) {
    let (one, other) = (Tenant::of(subject).await, Tenant::of(subject).await);
    let here = vec![
        a_session_report("s", "ada", 1, SessionStatus::Approved),
        a_session_report("s2", "bob", 5, SessionStatus::Declined),
    ];
    let there = vec![
        a_session_report("s", "ada", 1, SessionStatus::Declined),
        a_session_report("s2", "eve", 4, SessionStatus::InReview),
    ];
    for (tenant, reports) in [(&one, &here), (&other, &there)] {
        let stored = tenant.stored_evidence(EvidenceId::Session(session_id("s"))).await;
        assert_eq!(stored, None, "a session of another application is not found");
        for answer in tenant.sessions(reports.clone()).await {
            assert_eq!(answer.expect("no refusal").receipt, ReportOutcome::Applied);
        }
    }
    for (tenant, reports) in [(&one, here), (&other, there)] {
        let reports: Vec<_> = reports.into_iter().map(Report::Session).collect();
        assert_aggregates_match(tenant, &reports).await;
        tenant.assert_stored_as_decided().await;
    }
}

/// One call contains refused reports of each kind and accepted reports, about the same and other users.
pub async fn a_refused_report_does_not_affect_other_reports(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let known = a_session_report("s", "ada", 2, SessionStatus::InReview);
    tenant.session(known).await.expect("ada's");
    let call = vec![
        a_session_report("t", "ada", 1, SessionStatus::Approved),
        a_session_report("s", "ada", 2, SessionStatus::Declined),
        a_session_report("u", "bob", 1, SessionStatus::Approved),
        a_session_report("s", "bob", 3, SessionStatus::Approved),
        a_session_report("t", "eve", 2, SessionStatus::Approved),
        a_session_report("s", "ada", 1, SessionStatus::NotStarted),
        a_session_report("s", "ada", 3, SessionStatus::Approved),
    ];
    let answers = tenant.sessions(call.clone()).await;
    let receipts: Vec<_> =
        answers.into_iter().map(|answer| answer.map(|reported| reported.receipt)).collect();
    let expected = [
        Ok(ReportOutcome::Applied),
        Err(Rejection::ReportConflict),
        Ok(ReportOutcome::Applied),
        Err(Rejection::EvidenceOfAnotherUser),
        Err(Rejection::EvidenceOfAnotherUser),
        Ok(ReportOutcome::Stale),
        Ok(ReportOutcome::Applied),
    ];
    assert_eq!(receipts, expected);
    assert_eq!(tenant.find(&by_name("eve")).await, None);

    let unknown = a_risk_report("r", "eve", RiskKind::BlocklistMatch);
    let hit = a_risk_report("q", "bob", RiskKind::OngoingAml);
    let answers = tenant.risks(vec![unknown, hit]).await;
    let accepted: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [false, true], "risk events create no user");
    tenant.assert_stored_as_decided().await;
}
