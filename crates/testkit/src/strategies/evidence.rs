//! Strategies for reports in random order.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{Index, select};
use users_domain::model::evidence::{
    Approval, Identity, PortraitUrl, RuleAction, SentDigest, SessionReport, SessionRevision,
    SessionStatus, TransactionReport, TransactionRevision, TransactionStatus,
};
use users_domain::model::{Feature, FeatureStatus, Features, Timestamp, VendorData};

use super::{emails, full_name, issuing_states, known_vendor_data, phones};
use crate::reports::{Report, revision, second, session_id, transaction_id};

/// The maximum number of revisions of one session or transaction.
const MAX_REVISIONS: usize = 5;

/// A time within a few seconds, so that equal times are frequent; sometimes a leap second.
pub fn occurred_at() -> impl Strategy<Value = Timestamp> + Clone {
    let leap = Timestamp::parse("2025-12-31T23:59:60.5Z").expect("a time");
    prop_oneof![
        6 => (0..6_u32).prop_map(second),
        1 => Just(leap),
    ]
}

/// Results of up to two of three checks.
pub fn features() -> impl Strategy<Value = Features> + Clone {
    let checks = &[Feature::IdVerification, Feature::Liveness, Feature::Aml][..];
    btree_map(select(checks), select(&FeatureStatus::ALL[..]), 0..3)
}

/// The data of an approved session; each part is often missing.
pub fn approval() -> impl Strategy<Value = Approval> + Clone {
    let portraits = &["https://portraits.test/1", "https://portraits.test/é?x=%2F"][..];
    let portrait =
        select(portraits).prop_filter_map("a portrait", |url| PortraitUrl::parse(url).ok());
    let date = super::date_of_birth();
    (
        option::of(full_name()),
        option::of(date),
        issuing_states(),
        option::of(portrait),
        emails(),
        phones(),
    )
        .prop_map(|(full_name, date_of_birth, states, portrait_image_url, emails, phones)| {
            Approval {
                identity: Identity {
                    full_name,
                    date_of_birth,
                    issuing_state: states.into_iter().next(),
                    portrait_image_url,
                },
                emails,
                phones,
            }
        })
}

/// The state of a session; at least a third are approved.
pub fn session_state() -> impl Strategy<Value = SessionRevision> + Clone {
    let status = prop_oneof![
        1 => Just(SessionStatus::Approved),
        2 => select(&SessionStatus::ALL[..]),
    ];
    let incomplete = option::weighted(0.2, any::<[u8; 32]>().prop_map(SentDigest::from_stored));
    (status, occurred_at(), features(), approval(), incomplete).prop_map(
        |(status, at, features, approval, incomplete)| {
            let mut state = SessionRevision::new(revision(1), status, at, features, approval);
            state.incomplete = incomplete;
            state
        },
    )
}

fn transaction_state() -> impl Strategy<Value = TransactionRevision> + Clone {
    let actions = btree_set(select(&RuleAction::ALL[..]), 0..2);
    (select(&TransactionStatus::ALL[..]), occurred_at(), actions).prop_map(
        |(status, occurred_at, rule_actions)| TransactionRevision {
            revision: revision(1),
            status,
            occurred_at,
            rule_actions,
            incomplete: None,
        },
    )
}

fn session_life() -> impl Strategy<Value = (VendorData, Vec<SessionRevision>)> + Clone {
    let states = vec(session_state(), 1..=MAX_REVISIONS);
    (known_vendor_data(), states)
}

fn transaction_life() -> impl Strategy<Value = (VendorData, Vec<TransactionRevision>)> + Clone {
    let states = vec(transaction_state(), 1..=MAX_REVISIONS);
    (known_vendor_data(), states)
}

/// One report of each revision.
fn session_reports(number: usize, life: (VendorData, Vec<SessionRevision>)) -> Vec<Report> {
    let (vendor_data, states) = life;
    let reports = (1..).zip(states).map(|(at, mut state)| {
        state.revision = revision(at);
        Report::Session(SessionReport {
            session: session_id(&format!("s{number}")),
            vendor_data: vendor_data.clone(),
            sent: state.incomplete.unwrap_or_else(|| SentDigest::of([])),
            state,
        })
    });
    reports.collect()
}

/// One report of each revision.
fn transaction_reports(number: usize, life: (VendorData, Vec<TransactionRevision>)) -> Vec<Report> {
    let (vendor_data, states) = life;
    let reports = (1..).zip(states).map(|(at, mut state)| {
        state.revision = revision(at);
        Report::Transaction(TransactionReport {
            transaction: transaction_id(&format!("t{number}")),
            vendor_data: vendor_data.clone(),
            state,
            sent: SentDigest::of([]),
        })
    });
    reports.collect()
}

/// The same reports in two orders of arrival.
#[derive(Debug, Clone)]
pub struct Deliveries {
    /// Reports in some order, some of them repeatedly.
    pub first: Vec<Report>,
    /// The same reports in another order.
    pub second: Vec<Report>,
    /// The sizes of the batches, used cyclically.
    pub batch_sizes: Vec<usize>,
}

/// Up to `max_reports` reports of a few sessions and transactions of the [`known_vendor_data`]. Each session has one
/// user, and each revision has one content.
pub fn deliveries(max_reports: usize) -> impl Strategy<Value = Deliveries> {
    let sessions = vec(session_life(), 1..8);
    let transactions = vec(transaction_life(), 0..3);
    // The index of the report, and its position in the second order.
    let picks = vec((any::<Index>(), any::<u16>()), 1..=max_reports);
    (sessions, transactions, picks, vec(1..=40_usize, 1..6)).prop_map(
        |(sessions, transactions, picks, batch_sizes)| {
            let sessions = sessions.into_iter().enumerate();
            let sessions = sessions.flat_map(|(number, life)| session_reports(number, life));
            let transactions = transactions.into_iter().enumerate();
            let transactions =
                transactions.flat_map(|(number, life)| transaction_reports(number, life));
            let all: Vec<_> = sessions.chain(transactions).collect();
            let placed_report = |(pick, place): (Index, u16)| (place, pick.get(&all).clone());
            let mut placed: Vec<_> = picks.into_iter().map(placed_report).collect();
            let first = placed.iter().map(|(_, report)| report.clone()).collect();
            placed.sort_by_key(|(place, _)| *place);
            Deliveries {
                first,
                second: placed.into_iter().map(|(_, report)| report).collect(),
                batch_sizes,
            }
        },
    )
}
