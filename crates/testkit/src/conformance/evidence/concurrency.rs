//! Concurrent reports of several services.

use std::sync::Arc;

use users_domain::model::evidence::{EvidenceId, ReportOutcome, RuleAction, SessionStatus};
use users_domain::rules::Rejection;
use users_domain::service::{ReportAnswer, ServiceError};

use super::model::assert_aggregates_match;
use crate::conformance::UserStoreSubject;
use crate::conformance::at_once::at_once;
use crate::{Report, Tenant, a_session_report, a_transaction_report, by_name, session_id};

/// The maximum number of tries of a service that gets `Contended`.
pub(super) const TRIES: usize = 50;

/// Four services report the same sessions and transactions of the same users in batches, each in a different order,
/// some in opposite orders. All batches finish, and no confirmed report is lost.
pub async fn concurrent_batches_finish_and_lose_no_report(subject: &UserStoreSubject) {
    const SERVICES: usize = 4;
    const BATCH: usize = 12;

    let tenant = Arc::new(Tenant::of(subject).await);
    let reports = reports_of_five_users();
    let services = (0..SERVICES).map(|service| {
        let (tenant, mut reports) = (Arc::clone(&tenant), reports.clone());
        let turn = reports.len() * (service / 2) / 3;
        reports.rotate_left(turn);
        if service % 2 == 1 {
            reports.reverse();
        }
        async move {
            for batch in reports.chunks(BATCH) {
                for answer in with_retries(&tenant, batch).await {
                    answer.expect("nothing was refused");
                }
            }
        }
    });
    at_once(services.collect()).await;

    assert_aggregates_match(&tenant, &reports).await;
    tenant.assert_stored_as_decided().await;
}

/// Seven revisions of two sessions and one transaction of each of five users, alternating between the users.
fn reports_of_five_users() -> Vec<Report> {
    let statuses = [
        SessionStatus::InProgress,
        SessionStatus::InReview,
        SessionStatus::Approved,
        SessionStatus::Declined,
        SessionStatus::Approved,
        SessionStatus::KycExpired,
        SessionStatus::Approved,
    ];
    let mut reports = Vec::new();
    for (revision, status) in (1..).zip(statuses) {
        for name in ["ada", "bob", "eve", "joe", "zoe"] {
            for session in ["a", "b"] {
                let session = format!("{session} of {name}");
                let report = a_session_report(&session, name, revision, status);
                reports.push(Report::Session(report));
            }
            let transaction = format!("of {name}");
            let actions: &[RuleAction] = if revision == 3 { &[RuleAction::Flag] } else { &[] };
            let report = a_transaction_report(&transaction, name, revision, actions);
            reports.push(Report::Transaction(report));
        }
    }
    reports
}

/// Each session is first reported concurrently for several users, some of which do not exist yet. One user gets the
/// session; the other reports are refused and change nothing.
pub async fn concurrent_reports_give_a_session_to_one_user(subject: &UserStoreSubject) {
    const ROUNDS: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    let known = a_session_report("known", "ada", 1, SessionStatus::InReview);
    tenant.session(known.clone()).await.expect("a user");
    let mut accepted = vec![Report::Session(known)];
    for round in 0..ROUNDS {
        let session = format!("s{round}");
        let names = ["ada".to_owned(), format!("new {round}"), format!("other {round}")];
        let tasks = names.map(|name| {
            let report = a_session_report(&session, &name, 1, SessionStatus::Approved);
            let tenant = Arc::clone(&tenant);
            async move {
                let reports = [Report::Session(report.clone())];
                let mut answers = with_retries(&tenant, &reports).await;
                (report, answers.pop().expect("one answer"))
            }
        });
        let mut owners = Vec::new();
        for (report, answer) in at_once(tasks.into()).await {
            match answer {
                Ok(reported) => {
                    assert_eq!(reported.receipt, ReportOutcome::Applied);
                    owners.push(report);
                }
                Err(rejection) => assert_eq!(rejection, Rejection::EvidenceOfAnotherUser),
            }
        }
        let [owner] = owners.as_slice() else { panic!("the session has {} users", owners.len()) };
        let id = EvidenceId::Session(session_id(&session));
        let stored = tenant.stored_evidence(id).await.expect("the stored session");
        assert_eq!(stored.owner.vendor_data, owner.vendor_data);
        accepted.push(Report::Session(owner.clone()));
    }
    assert_aggregates_match(&tenant, &accepted).await;
    tenant.assert_stored_as_decided().await;
}

/// Several services concurrently report sessions and transactions of an unknown user. The user is created once and gets
/// all reports.
pub async fn concurrent_first_reports_create_one_user(subject: &UserStoreSubject) {
    const SERVICES: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let firsts: Vec<_> = (0..SERVICES).map(|service| first_of(name, service)).collect();
        let tasks = firsts.iter().map(|report| {
            let (tenant, report) = (Arc::clone(&tenant), [report.clone()]);
            async move { with_retries(&tenant, &report).await }
        });
        let mut versions = Vec::new();
        for answers in at_once(tasks.collect()).await {
            for answer in answers {
                let user = answer.expect("no refusal").user.expect("a user");
                versions.push(user.version);
            }
        }
        versions.sort_unstable();
        let steps: Vec<_> = (1..=SERVICES as u64).collect();
        assert_eq!(versions, steps, "each report is a step of the one user");
        let user = tenant.find(&by_name(name)).await.expect("a user");
        assert_eq!(user.record.counters.session_count as usize, SERVICES / 2);
        all.extend(firsts);
    }
    let users = tenant.journal.users().len();
    assert_eq!(users, 4, "one user of each name");
    assert_aggregates_match(&tenant, &all).await;
    tenant.assert_stored_as_decided().await;
}

fn first_of(name: &str, service: usize) -> Report {
    let id = format!("{service} of {name}");
    if service.is_multiple_of(2) {
        Report::Session(a_session_report(&id, name, 1, SessionStatus::InReview))
    } else {
        Report::Transaction(a_transaction_report(&id, name, 1, &[]))
    }
}

/// Repeats the reports of one call until the store accepts them. Reports can be repeated safely.
pub(super) async fn with_retries(tenant: &Tenant, reports: &[Report]) -> Vec<ReportAnswer> {
    for _ in 0..TRIES {
        match tenant.try_reports(reports).await {
            Err(ServiceError::Contended) => {}
            answers => return answers.expect("the store answers"),
        }
    }
    panic!("the users stayed contended for {TRIES} tries");
}
