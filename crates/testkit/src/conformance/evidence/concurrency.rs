//! Several services that report at once.

use std::sync::Arc;

use users_domain::model::evidence::{EvidenceId, ReportOutcome, RuleAction, SessionStatus};
use users_domain::rules::Rejection;
use users_domain::service::{ReportAnswer, ServiceError};

use super::model::assert_standing_follows_from;
use crate::conformance::UserStoreSubject;
use crate::conformance::at_once::at_once;
use crate::{Report, Tenant, a_session_report, a_transaction_report, by_name, session_id};

/// How often a service reports again that is told that others keep changing the users.
pub(super) const TRIES: usize = 50;

/// Four services report the same sessions and transactions of the same users in batches, each in an order of its own,
/// two of them in opposite ones: all batches end, and nothing that was confirmed is lost.
pub async fn concurrent_batches_over_the_same_users_all_end_and_lose_no_step(
    subject: &UserStoreSubject,
) {
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
                for answer in patiently(&tenant, batch).await {
                    answer.expect("nothing was refused");
                }
            }
        }
    });
    at_once(services.collect()).await;

    assert_standing_follows_from(&tenant, &reports).await;
    tenant.assert_stored_as_decided().await;
}

/// Seven revisions of each of two sessions and a transaction of each of five users, the users in turn.
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
            let actions: &[RuleAction] = if revision == 3 {
                &[RuleAction::Flag]
            } else {
                &[]
            };
            let report = a_transaction_report(&transaction, name, revision, actions);
            reports.push(Report::Transaction(report));
        }
    }
    reports
}

/// Each of several sessions is reported first for two users at once, some of whom are not there yet: one of them has it,
/// the other is told so and has nothing of it.
pub async fn reports_of_one_session_for_two_users_at_once_give_it_to_one(
    subject: &UserStoreSubject,
) {
    const ROUNDS: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    let known = a_session_report("known", "ada", 1, SessionStatus::InReview);
    tenant.session(known.clone()).await.expect("a user");
    let mut taken = vec![Report::Session(known)];
    for round in 0..ROUNDS {
        let session = format!("s{round}");
        let names = [
            "ada".to_owned(),
            format!("new {round}"),
            format!("other {round}"),
        ];
        let tasks = names.map(|name| {
            let report = a_session_report(&session, &name, 1, SessionStatus::Approved);
            let tenant = Arc::clone(&tenant);
            async move {
                let reports = [Report::Session(report.clone())];
                let mut answers = patiently(&tenant, &reports).await;
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
        let [owner] = owners.as_slice() else {
            panic!("the session has {} users", owners.len())
        };
        let id = EvidenceId::Session(session_id(&session));
        let kept = tenant.kept(id).await.expect("the session is kept");
        assert_eq!(kept.owner.vendor_data, owner.vendor_data);
        taken.push(Report::Session(owner.clone()));
    }
    assert_standing_follows_from(&tenant, &taken).await;
    tenant.assert_stored_as_decided().await;
}

/// Several services report first sessions and transactions of one user that nobody knew: it is made once, and has all.
pub async fn a_user_of_several_first_reports_at_once_is_made_once(subject: &UserStoreSubject) {
    const SERVICES: usize = 6;

    let tenant = Arc::new(Tenant::of(subject).await);
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let firsts: Vec<_> = (0..SERVICES)
            .map(|service| first_of(name, service))
            .collect();
        let tasks = firsts.iter().map(|report| {
            let (tenant, report) = (Arc::clone(&tenant), [report.clone()]);
            async move { patiently(&tenant, &report).await }
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
    let made = tenant.journal.users().len();
    assert_eq!(made, 4, "one user of each name");
    assert_standing_follows_from(&tenant, &all).await;
    tenant.assert_stored_as_decided().await;
}

fn first_of(name: &str, service: usize) -> Report {
    let thing = format!("{service} of {name}");
    if service.is_multiple_of(2) {
        Report::Session(a_session_report(&thing, name, 1, SessionStatus::InReview))
    } else {
        Report::Transaction(a_transaction_report(&thing, name, 1, &[]))
    }
}

/// One call's reports, until the store takes them in: to report again does no harm.
async fn patiently(tenant: &Tenant, reports: &[Report]) -> Vec<ReportAnswer> {
    for _ in 0..TRIES {
        match tenant.try_reports(reports).await {
            Err(ServiceError::Contended) => {}
            answers => return answers.expect("the store answers"),
        }
    }
    panic!("the users stayed contended for {TRIES} tries");
}
