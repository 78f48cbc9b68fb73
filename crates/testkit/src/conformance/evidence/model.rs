//! A reference model of session aggregates. It computes them from all reports together, without the rules under test.

use std::collections::BTreeMap;

use users_domain::model::evidence::{Approval, SessionId, SessionReport, SessionStatus, TimeSpan};
use users_domain::model::{
    Email, Features, SessionCounters, Timestamp, UserField, VendorData, VerificationSource,
    Verified, VerifiedProfile,
};
use users_domain::rules::Recount;
use users_domain::rules::session_aggregate::{SessionAggregate, recount};

use crate::{Report, Tenant};

/// The newest report of each session, and the time span of all its revisions.
type Newest<'a> = BTreeMap<&'a SessionId, (&'a SessionReport, TimeSpan)>;

/// Compares every user of the tenant with the reference model, with the aggregate of its history, and with a recount.
pub(super) async fn assert_aggregates_match(tenant: &Tenant, reports: &[Report]) {
    let rows = tenant.histories().await;
    let mut known: Vec<_> = rows.iter().map(|(record, _)| &record.vendor_data).collect();
    let mut named: Vec<_> = reports.iter().map(Report::vendor_data).collect();
    known.sort_unstable();
    named.sort_unstable();
    named.dedup();
    assert_eq!(known, named, "one user of each reported name");
    for (record, history) in &rows {
        let about = |report: &&Report| *report.vendor_data() == record.vendor_data;
        let reports: Vec<&Report> = reports.iter().filter(about).collect();
        let expected = aggregate(&reports);
        assert_eq!(SessionAggregate::of(record), expected, "the aggregate of the record");
        assert_eq!(recount(&history.sessions), expected, "the aggregate of the history");
        let differences = Recount::of(history).differences(record);
        assert_eq!(differences, [] as [UserField; 0], "a recount finds no difference");
        let last: Option<Timestamp> = reports.iter().map(|report| report.occurred_at()).max();
        assert!(Some(record.activity.last_activity_at) >= last);
    }
}

/// The expected aggregate of one user from its reports.
fn aggregate(reports: &[&Report]) -> SessionAggregate {
    let mut newest = Newest::new();
    for report in reports {
        let Report::Session(report) = report else {
            continue;
        };
        let at = report.state.occurred_at;
        let known = newest.entry(&report.session).or_insert((report, TimeSpan::at(at)));
        known.1.first = known.1.first.min(at);
        known.1.last = known.1.last.max(at);
        if known.0.state.revision < report.state.revision {
            known.0 = report;
        }
    }
    let mut in_order: Vec<&SessionReport> = newest.values().map(|(report, _)| *report).collect();
    in_order.sort_by_key(|report| (report.state.occurred_at, &report.session));
    let mut features = Features::new();
    for report in &in_order {
        features.extend(&report.state.features);
    }
    let first = newest.values().map(|(_, seen)| seen.first).min();
    let last = newest.values().map(|(_, seen)| seen.last).max();
    SessionAggregate {
        counters: counters(&in_order),
        features,
        seen: first.zip(last).map(|(first, last)| TimeSpan { first, last }),
        verified: verified(&in_order),
    }
}

fn counters(sessions: &[&SessionReport]) -> SessionCounters {
    let count = |counted: &[SessionStatus]| {
        let matching = sessions.iter().filter(|report| counted.contains(&report.state.status));
        u32::try_from(matching.count()).expect("a few")
    };
    SessionCounters {
        session_count: count(&SessionStatus::ALL),
        approved_count: count(&[SessionStatus::Approved]),
        declined_count: count(&[SessionStatus::Declined]),
        in_review_count: count(&[SessionStatus::InReview]),
    }
}

/// Applies the approvals from the oldest to the newest: values of a newer approval come first.
fn verified(in_order: &[&SessionReport]) -> VerifiedProfile {
    let mut profile = VerifiedProfile::default();
    for report in in_order {
        let Some(Approval { identity, emails, phones }) = report.state.approval() else {
            continue;
        };
        let source =
            VerificationSource { session: report.session.clone(), at: report.state.occurred_at };
        set(&mut profile.full_name, identity.full_name.clone(), &source);
        set(&mut profile.date_of_birth, identity.date_of_birth, &source);
        let portrait = identity.portrait_image_url.clone();
        set(&mut profile.portrait_image_url, portrait, &source);
        prepend(&mut profile.emails, emails, Email::is_same_as);
        prepend(&mut profile.phones, phones, PartialEq::eq);
        prepend(&mut profile.issuing_states, identity.issuing_state.as_slice(), PartialEq::eq);
    }
    profile
}

fn set<T>(slot: &mut Option<Verified<T>>, value: Option<T>, source: &VerificationSource) {
    if let Some(value) = value {
        let source = source.clone();
        *slot = Some(Verified { value, source });
    }
}

fn prepend<T: Clone>(list: &mut Vec<T>, newer: &[T], is_same: fn(&T, &T) -> bool) {
    let mut all: Vec<T> = Vec::new();
    for value in newer.iter().chain(list.iter()) {
        if !all.iter().any(|known| is_same(known, value)) {
            all.push(value.clone());
        }
    }
    *list = all;
}

/// Compares the aggregates of two tenants with the same reports.
pub(super) async fn assert_same_aggregates(one: &Tenant, other: &Tenant) {
    let aggregates = async |tenant: &Tenant| {
        let rows = tenant.histories().await.into_iter();
        let aggregates = rows.map(|(record, history)| {
            let aggregate = SessionAggregate::of(&record);
            (record.vendor_data, (aggregate, history.last_transaction_at))
        });
        aggregates.collect::<BTreeMap<VendorData, _>>()
    };
    assert_eq!(aggregates(one).await, aggregates(other).await);
}
