//! Tests the number of statements of a report and their plans.

use std::sync::Arc;

use testkit::{PlainEncoder, a_risk_report, a_session_report, a_transaction_report, vendor_data};
use users_domain::model::evidence::{EvidenceId, RiskKind, SessionReport, SessionStatus};
use users_domain::model::{
    ApplicationSettings, Feature, FeatureStatus, Timestamp, UserKey, VendorData,
};
use users_domain::ports::{Decide, FactsSpec, Mutation, Presence};
use users_domain::rules::{decide_risk, decide_session, decide_transaction};

use super::explain::{Planned, Sent, plan, sent};
use super::lists::{APPLICATION, connect, context, sent_by};
use crate::user_reader::{histories_page, status_of};
use crate::user_store::{commit_on, histories_of};

/// A typical user that no other test uses.
fn name(number: u32) -> String {
    format!("user-{}", 17_001 + number)
}

fn asking(evidence: EvidenceId, name: VendorData, decide: Decide) -> Mutation {
    Mutation {
        key: UserKey::VendorData(name),
        expected: Presence::Present,
        facts: FactsSpec { comments: false, evidence: Some(evidence), ..FactsSpec::default() },
        decide,
    }
}

/// A report of a session with a checked feature.
fn session(mut report: SessionReport, number: u32) -> Mutation {
    report.state.features = [(Feature::Liveness, FeatureStatus::Approved)].into();
    let (context, settings) = (context(number), ApplicationSettings::default());
    let evidence = EvidenceId::Session(report.session.clone());
    let name = report.vendor_data.clone();
    let approved = report.state.status == SessionStatus::Approved;
    let decide: Decide =
        Arc::new(move |facts| decide_session(facts, &report, settings, APPLICATION, &context));
    let mut mutation = asking(evidence, name, decide);
    mutation.facts.history = approved;
    mutation
}

fn transaction(id: &str, number: u32) -> Mutation {
    let (context, report) = (context(number), a_transaction_report(id, &name(number), 2, &[]));
    let evidence = EvidenceId::Transaction(report.transaction.clone());
    let decide: Decide =
        Arc::new(move |facts| decide_transaction(facts, &report, APPLICATION, &context));
    asking(evidence, vendor_data(&name(number)), decide)
}

fn risk(id: &str, number: u32) -> Mutation {
    let report = a_risk_report(id, &name(number), RiskKind::BlocklistMatch);
    let context = context(number);
    let evidence = EvidenceId::RiskEvent(report.event.id.clone());
    let decide: Decide = Arc::new(move |facts| decide_risk(facts, &report, &context));
    asking(evidence, vendor_data(&name(number)), decide)
}

fn commit(connection: &mut diesel::PgConnection, mutations: &[Mutation]) {
    let answers = commit_on(connection, APPLICATION, &PlainEncoder, mutations).unwrap();
    for answer in answers {
        assert!(answer.unwrap().changed);
    }
}

/// Asserts that each statement uses its index and none scans a table.
fn assert_found_by(statements: &[Sent], indexes: &[&str]) {
    let mut connection = connect();
    assert_eq!(statements.len(), indexes.len());
    for (statement, index) in statements.iter().zip(indexes) {
        for planned in [Planned::ForValues, Planned::ForAny] {
            let plan = plan(&mut connection, statement, planned);
            assert!(plan.contains(index), "{index} {planned:?}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{planned:?}\n{plan}");
        }
    }
}

#[test]
fn a_report_reads_the_user_and_the_row_and_writes_once() {
    let known = format!("1 of {}", name(0));
    let of_known = session(a_session_report(&known, &name(0), 2, SessionStatus::InProgress), 0);
    for (mutation, index) in [
        (of_known, "user_sessions_pkey"),
        (transaction("new", 0), "user_transactions_pkey"),
        (risk("new", 0), "user_risk_events_pkey"),
    ] {
        let (_, statements) = sent_by(|connection| commit(connection, &[mutation]));
        assert_found_by(&statements, &["users_vendor_data_key", index, "users_pkey"]);
        let [user, row, _] = statements.as_slice() else {
            panic!("{} statements", statements.len())
        };
        assert!(!user.text.contains("audit"), "comments were not requested");
        let plan = plan(&mut connect(), row, Planned::ForAny);
        assert!(plan.contains("users_pkey"), "its owner\n{plan}");
    }
}

#[test]
fn a_first_and_latest_approval_reads_no_history() {
    let approved = |id: &str| {
        let mut report = a_session_report(id, &name(2), 1, SessionStatus::Approved);
        report.state.occurred_at = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
        session(report, 2)
    };
    let known = approved("first");
    for (mutation, expected) in [(known.clone(), 3), (approved("second"), 4)] {
        let (_, statements) = sent_by(|connection| commit(connection, &[mutation]));
        assert_eq!(statements.len(), expected, "the second one reads it");
    }
    let (_, statements) = sent_by(|connection| {
        let answers = commit_on(connection, APPLICATION, &PlainEncoder, &[known]).unwrap();
        assert!(!answers.first().unwrap().as_ref().unwrap().changed);
    });
    assert_eq!(statements.len(), 2, "a duplicate: user and row");
}

#[test]
fn a_late_approval_reads_the_history_with_one_statement() {
    let newer = a_session_report("newer", &name(1), 2, SessionStatus::InReview);
    let _ = sent_by(|connection| commit(connection, &[session(newer, 3)]));
    let report = a_session_report("approved", &name(1), 1, SessionStatus::Approved);
    let (_, statements) = sent_by(|connection| commit(connection, &[session(report, 1)]));
    assert_eq!(statements.len(), 4, "user, row, history, write");
    let histories = statements.get(2..3).unwrap();
    assert_found_by(histories, &["user_sessions_by_user"]);
    // Only the latest transaction, however many there are.
    assert_found_by(histories, &["Index Only Scan Backward using user_transactions_by_user"]);
}

/// A hundred reports about twenty users, five each.
fn reports(statuses: [SessionStatus; 5], revision: u64) -> Vec<Mutation> {
    let (mut mutations, mut number) = (vec![], 100);
    for status in statuses {
        for user in 0..20 {
            let session_name = format!("{number} at {revision}");
            let report = a_session_report(&session_name, &name(100 + user), revision, status);
            mutations.push(session(report, number));
            number += 1;
        }
    }
    mutations
}

#[test]
fn a_hundred_reports_are_at_most_eight_statements() {
    use SessionStatus::{Approved, Declined, InReview};

    // All have the same time, so each report but the first of a user needs the history, which none reads in advance.
    let late = reports([InReview, InReview, Declined, Declined, InReview], 1);
    let (_, statements) = sent_by(|connection| commit(connection, &late));
    let expected = "lock, users, rows, history of one, histories of all, write";
    assert_eq!(statements.len(), 6, "{expected}");
    let looks = [
        "users_vendor_data_key",
        "users_pkey",
        "user_sessions_pkey",
        "user_sessions_by_user",
        "user_sessions_by_user",
    ];
    assert_found_by(statements.get(..5).unwrap(), &looks);

    // Histories of users with approved sessions are read in advance.
    for (revision, expected) in [(2, 6), (3, 5)] {
        let approvals = reports([Approved; 5], revision);
        let (_, statements) = sent_by(|connection| commit(connection, &approvals));
        assert_eq!(statements.len(), expected);
    }
}

#[test]
fn histories_of_many_are_found_by_their_users() {
    let (_, statements) = sent_by(|connection| {
        let rows = histories_page(connection, APPLICATION, None, 200).unwrap();
        assert_eq!(rows.len(), 200);
        // Other tests create users without sessions.
        let mut seeded =
            rows.iter().filter(|(record, _)| record.vendor_data.as_str().starts_with("user-"));
        assert!(seeded.all(|(_, history)| history.sessions.len() >= 2));
        let ids: Vec<_> = rows.iter().map(|(record, _)| record.id).collect();
        let histories = histories_of(connection, APPLICATION, &ids[..1]).unwrap();
        assert_eq!(histories.len(), 1);
    });
    let indexes = [
        "Index Scan using users_",
        "user_sessions_by_user",
        "Index Only Scan Backward using user_transactions_by_user",
        "user_sessions_by_user",
    ];
    assert_found_by(&statements, &indexes);
}

#[test]
fn a_status_is_one_look_up() {
    let (mut connection, statements) = sent_by(|connection| {
        let status = status_of(connection, APPLICATION, &vendor_data(&name(0))).unwrap();
        assert!(status.is_some());
    });
    assert_found_by(&statements, &["users_vendor_data_key"]);
    sent::take();
    let none = status_of(&mut connection, APPLICATION, &vendor_data("nobody")).unwrap();
    assert_eq!((none, sent::take().len()), (None, 1));
}
