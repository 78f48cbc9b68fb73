//! What services report, in whatever order it arrives.

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

/// The most revisions of one session or transaction.
const MOST_REVISIONS: usize = 5;

/// A time within a few seconds, so that several things happen at the same one; a leap second too.
pub fn occurred_at() -> impl Strategy<Value = Timestamp> + Clone {
    let leap = Timestamp::parse("2025-12-31T23:59:60.5Z").expect("a time");
    prop_oneof![
        6 => (0..6_u32).prop_map(second),
        1 => Just(leap),
    ]
}

/// How some of three checks ended.
pub fn features() -> impl Strategy<Value = Features> + Clone {
    let checks = &[Feature::IdVerification, Feature::Liveness, Feature::Aml][..];
    btree_map(select(checks), select(FeatureStatus::ALL), 0..3)
}

/// What an approved session may state: each part often missing.
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
        .prop_map(
            |(full_name, date_of_birth, states, portrait_image_url, emails, phones)| Approval {
                identity: Identity {
                    full_name,
                    date_of_birth,
                    issuing_state: states.into_iter().next(),
                    portrait_image_url,
                },
                emails,
                phones,
            },
        )
}

/// A session's whole state; every third time approved.
pub fn session_state() -> impl Strategy<Value = SessionRevision> + Clone {
    let status = prop_oneof![
        1 => Just(SessionStatus::Approved),
        2 => select(SessionStatus::ALL),
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
    let actions = btree_set(select(RuleAction::ALL), 0..2);
    (select(TransactionStatus::ALL), occurred_at(), actions).prop_map(
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
    let states = vec(session_state(), 1..=MOST_REVISIONS);
    (known_vendor_data(), states)
}

fn transaction_life() -> impl Strategy<Value = (VendorData, Vec<TransactionRevision>)> + Clone {
    let states = vec(transaction_state(), 1..=MOST_REVISIONS);
    (known_vendor_data(), states)
}

/// One report of each revision.
fn told_session(number: usize, life: (VendorData, Vec<SessionRevision>)) -> Vec<Report> {
    let (vendor_data, states) = life;
    let told = (1..).zip(states).map(|(at, mut state)| {
        state.revision = revision(at);
        Report::Session(SessionReport {
            session: session_id(&format!("s{number}")),
            vendor_data: vendor_data.clone(),
            sent: state.incomplete.unwrap_or_else(|| SentDigest::of([])),
            state,
        })
    });
    told.collect()
}

/// One report of each revision.
fn told_transaction(number: usize, life: (VendorData, Vec<TransactionRevision>)) -> Vec<Report> {
    let (vendor_data, states) = life;
    let told = (1..).zip(states).map(|(at, mut state)| {
        state.revision = revision(at);
        Report::Transaction(TransactionReport {
            transaction: transaction_id(&format!("t{number}")),
            vendor_data: vendor_data.clone(),
            state,
            sent: SentDigest::of([]),
        })
    });
    told.collect()
}

/// The same reports, as they arrive at two places.
#[derive(Debug, Clone)]
pub struct Deliveries {
    /// In some order, some of them more than once.
    pub first: Vec<Report>,
    /// In another one.
    pub second: Vec<Report>,
    /// How many are delivered at once, again and again.
    pub batch_sizes: Vec<usize>,
}

/// Up to so many reports of a few sessions and transactions of the [`known_vendor_data`]; a session keeps its user, and
/// each of its revisions says one thing only.
pub fn deliveries(most_reports: usize) -> impl Strategy<Value = Deliveries> {
    let sessions = vec(session_life(), 1..8);
    let transactions = vec(transaction_life(), 0..3);
    // Which report, and where it comes in the second order.
    let picks = vec((any::<Index>(), any::<u16>()), 1..=most_reports);
    (sessions, transactions, picks, vec(1..=40_usize, 1..6)).prop_map(
        |(sessions, transactions, picks, batch_sizes)| {
            let sessions = sessions.into_iter().enumerate();
            let sessions = sessions.flat_map(|(number, life)| told_session(number, life));
            let transactions = transactions.into_iter().enumerate();
            let transactions =
                transactions.flat_map(|(number, life)| told_transaction(number, life));
            let all: Vec<_> = sessions.chain(transactions).collect();
            let told = |(pick, place): (Index, u16)| (place, pick.get(&all).clone());
            let mut placed: Vec<_> = picks.into_iter().map(told).collect();
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
