//! Values of reports are stored exactly.

use proptest::collection::vec;
use users_domain::model::evidence::{
    Approval, EARLIEST_REPORTED_YEAR, Identity, PortraitUrl, Revision, RiskKind, RuleAction,
    SessionReport, SessionRevision, SessionStatus, TransactionStatus, reported_time,
};
use users_domain::model::{Email, Feature, FeatureStatus, FullName, Phone, Reason, Timestamp};

use crate::conformance::UserStoreSubject;
use crate::strategies::session_state;
use crate::{
    Tenant, a_risk_report, a_session_report, a_transaction_report, an_approval, for_all, revision,
    second, vendor_data,
};

/// Covers every status, complete, empty and largest reports, and random ones.
pub async fn every_report_is_read_as_it_was_reported(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let mut sessions = in_every_status();
    sessions.push(largest());
    sessions.push(empty());
    sessions.push(earliest());
    for answer in tenant.sessions(sessions).await {
        answer.expect("no refusal");
    }
    let payments = TransactionStatus::ALL.iter().zip([
        &[][..],
        &[RuleAction::Flag],
        &[RuleAction::Block],
        &RuleAction::ALL,
    ]);
    let payments = payments.map(|(status, actions)| {
        let mut report = a_transaction_report(status.as_str(), "Ada é/%'", 1, actions);
        report.state.status = *status;
        report.state.occurred_at = at("1970-01-01T00:00:00.000001Z");
        report.state.incomplete = Some(report.sent);
        report
    });
    tenant.transactions(payments.collect()).await;
    let risks = RiskKind::ALL.iter().map(|kind| {
        let mut report = a_risk_report(kind.as_str(), "Ada é/%'", *kind);
        report.event.detail = Reason::parse(format!("é \" \\ % ' {}", kind.as_str())).ok();
        report.event.incomplete = Some(report.sent);
        report
    });
    let without_detail = a_risk_report("without detail", "Ada é/%'", RiskKind::OngoingAml);
    tenant.risks(risks.chain([without_detail]).collect()).await;
    tenant.assert_stored_as_decided().await;
    assert_histories_equal_evidence(&tenant).await;

    for_all(12, &vec(session_state(), 1..6), |states| {
        let subject = subject.clone();
        async move {
            let tenant = Tenant::of(&subject).await;
            let reports = states.into_iter().enumerate().map(|(number, state)| SessionReport {
                state,
                ..a_session_report(&format!("s{number}"), "ada", 1, SessionStatus::InReview)
            });
            tenant.sessions(reports.collect()).await;
            tenant.assert_stored_as_decided().await;
            assert_histories_equal_evidence(&tenant).await;
        }
    })
    .await;
}

/// Histories contain the same sessions as the decided rows.
async fn assert_histories_equal_evidence(tenant: &Tenant) {
    let evidence = tenant.journal.evidence();
    for (record, history) in tenant.histories().await {
        let of_user = evidence.iter().filter(|(user, _)| *user == record.id);
        let mut decided: Vec<_> = of_user
            .filter_map(|(_, evidence)| match evidence {
                users_domain::model::evidence::Evidence::Session(session) => Some(session),
                _ => None,
            })
            .collect();
        let mut read: Vec<_> = history.sessions.iter().collect();
        decided.sort_by(|a, b| a.id.cmp(&b.id));
        read.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(read, decided);
    }
}

fn in_every_status() -> Vec<SessionReport> {
    let reports = SessionStatus::ALL.iter().map(|status| {
        let session = format!("é/%' {}", status.as_str());
        let mut report = a_session_report(&session, "Ada é/%'", 1, *status);
        report.state.features =
            Feature::ALL.iter().copied().zip(FeatureStatus::ALL.iter().copied().cycle()).collect();
        report.state.occurred_at = second(0).next_microsecond();
        report.state.incomplete = Some(report.sent);
        report
    });
    reports.collect()
}

/// A name, lists and a portrait URL of the maximum length, with the maximum revision.
fn largest() -> SessionReport {
    let emails = (0..SessionRevision::MAX_LIST_ENTRIES)
        .map(|number| format!("{number:0>3}{}@example.org", "x".repeat(200)));
    let phones = (0..SessionRevision::MAX_LIST_ENTRIES).map(|number| format!("+49{number:0>25}"));
    let approval = Approval {
        identity: Identity {
            full_name: FullName::parse("é".repeat(512)).ok(),
            portrait_image_url: PortraitUrl::parse(format!("https://h/{}", "é".repeat(2_000))).ok(),
            ..an_approval("x").identity
        },
        emails: emails.map(|text| Email::parse(text).expect("an address")).collect(),
        phones: phones.map(|text| Phone::parse(text).expect("a number")).collect(),
    };
    assert!(approval.identity.full_name.is_some());
    assert!(approval.identity.portrait_image_url.is_some());
    approved(&"s".repeat(128), revision(Revision::MAX), approval)
}

fn empty() -> SessionReport {
    approved("s", revision(1), Approval::default())
}

/// A report with the earliest accepted time.
fn earliest() -> SessionReport {
    let mut report = a_session_report("earliest", "bob", 1, SessionStatus::Approved);
    report.state.occurred_at = at(&format!("{EARLIEST_REPORTED_YEAR}-01-01T00:00:00Z"));
    assert!(reported_time(report.state.occurred_at, second(0)).is_ok());
    report
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn approved(session: &str, revision: Revision, approval: Approval) -> SessionReport {
    SessionReport {
        vendor_data: vendor_data("ada"),
        state: SessionRevision::new(
            revision,
            SessionStatus::Approved,
            second(1),
            [].into(),
            approval,
        ),
        ..a_session_report(session, "ada", 1, SessionStatus::Approved)
    }
}
