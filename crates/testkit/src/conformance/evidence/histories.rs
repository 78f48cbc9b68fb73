//! Reports that arrive in any order.

use users_domain::model::evidence::{ReportOutcome, SessionStatus};
use users_domain::service::IngestService;

use super::model::{assert_aggregates_match, assert_same_aggregates};
use crate::conformance::UserStoreSubject;
use crate::strategies::deliveries;
use crate::{Report, Tenant, a_session_report, for_all};

/// Random sessions and transactions of a few users arrive in random order and batches, with duplicates and stale
/// revisions. The users equal the reference model, and another order of arrival leads to the same result.
pub async fn random_reports_in_any_order_equal_the_recount(subject: &UserStoreSubject) {
    const CASES: u32 = 16;
    const MOST_REPORTS: usize = 90;

    for_all(CASES, &deliveries(MOST_REPORTS), |deliveries| {
        let subject = subject.clone();
        async move {
            let (one, other) = (Tenant::of(&subject).await, Tenant::of(&subject).await);
            deliver(&one, &deliveries.first, &deliveries.batch_sizes).await;
            deliver(&other, &deliveries.second, &deliveries.batch_sizes).await;
            for tenant in [&one, &other] {
                assert_aggregates_match(tenant, &deliveries.first).await;
                tenant.assert_stored_as_decided().await;
            }
            assert_same_aggregates(&one, &other).await;
        }
    })
    .await;
}

async fn deliver(tenant: &Tenant, mut reports: &[Report], batch_sizes: &[usize]) {
    for size in batch_sizes.iter().cycle() {
        let (batch, rest) = reports.split_at(reports.len().min(*size));
        let answers = tenant.reports(batch).await;
        assert_eq!(answers.len(), batch.len(), "one answer per report");
        for answer in answers {
            answer.expect("nothing was refused");
        }
        reports = rest;
        if reports.is_empty() {
            break;
        }
    }
}

/// One call with the maximum number of reports about five sessions of two users. Each report is decided on the outcome
/// of the previous one.
pub async fn five_hundred_reports_of_one_call_are_applied_in_order(subject: &UserStoreSubject) {
    let statuses = [SessionStatus::InReview, SessionStatus::Approved, SessionStatus::Declined];
    let sessions = ["a", "b", "c", "d", "e"];
    let report = |number: usize| {
        let session = sessions.get(number % 5).expect("a session");
        let name = if number % 5 < 3 { "ada" } else { "bob" };
        let revision = (number / 5 + 1) as u64;
        let status = statuses.get(number % 3).expect("a status");
        a_session_report(session, name, revision, *status)
    };
    let reports: Vec<_> = (0..IngestService::MAX_REPORTS).map(report).collect();
    let tenant = Tenant::of(subject).await;
    for answers in [tenant.sessions(reports.clone()).await, tenant.sessions(reports.clone()).await]
    {
        assert_eq!(answers.len(), reports.len());
        for (answer, report) in answers.iter().zip(&reports) {
            let user = answer.as_ref().expect("no refusal").user.as_ref();
            let name = user.map(|user| &user.vendor_data);
            assert_eq!(name, Some(&report.vendor_data));
        }
    }
    let versions = tenant.histories().await;
    let total: u64 = versions.iter().map(|(record, _)| record.version).sum();
    assert_eq!(total, reports.len() as u64, "one step for each report");

    let known = tenant.session(report(0)).await.expect("no refusal");
    assert_eq!(known.receipt, ReportOutcome::Stale);
    let all: Vec<_> = reports.into_iter().map(Report::Session).collect();
    assert_aggregates_match(&tenant, &all).await;
    tenant.assert_stored_as_decided().await;
}
