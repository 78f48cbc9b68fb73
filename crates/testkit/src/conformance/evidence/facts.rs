//! Facts for decisions about evidence.

use std::sync::{Arc, Mutex, PoisonError};

use users_domain::model::evidence::{
    Evidence, EvidenceId, EvidenceOwner, History, RiskKind, Session, SessionStatus, StoredEvidence,
    TimeSpan,
};
use users_domain::model::{UserField, UserKey};
use users_domain::ports::{FactsSpec, Mutation, UserReader, UserStore};
use users_domain::rules::{Facts, Outcome, decide_recount};
use users_domain::service::{RecountPage, RecountService, Remedy};

use super::model::assert_aggregates_match;
use crate::conformance::UserStoreSubject;
use crate::{
    CountingEntropy, Report, Tenant, a_risk_report, a_session_report, a_transaction_report, a_user,
    by_name, second, session_id, transaction_id, unique_seed,
};

/// The decision sees rows of each kind with their owner, for mutations of any user. It sees no row of another kind with
/// the same id.
pub async fn a_decision_sees_the_requested_evidence_of_any_user(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let session = a_session_report("x", "ada", 1, SessionStatus::Approved);
    tenant.session(session.clone()).await.expect("a user");
    let id = EvidenceId::Session(session_id("x"));
    let ada = tenant.find(&by_name("ada")).await.expect("ada").record;
    let owner = EvidenceOwner { user: ada.id, vendor_data: ada.vendor_data, deleted: false };
    let stored = StoredEvidence {
        owner,
        evidence: Evidence::Session(Session {
            id: session_id("x"),
            seen: TimeSpan::at(session.state.occurred_at),
            newest: session.state,
        }),
    };
    assert_eq!(tenant.stored_evidence(id.clone()).await, Some(stored.clone()));
    let same_id = EvidenceId::Transaction(transaction_id("x"));
    assert_eq!(tenant.stored_evidence(same_id.clone()).await, None);
    let hit = a_risk_report("x", "ada", RiskKind::OngoingAml);
    let same_risk = EvidenceId::RiskEvent(hit.event.id.clone());
    assert_eq!(tenant.stored_evidence(same_risk.clone()).await, None);

    tenant.has(a_user("bob")).await;
    for name in ["ada", "bob", "nobody"] {
        let seen = tenant.evidence_seen_by(by_name(name), id.clone()).await;
        assert_eq!(seen, Some(stored.clone()), "{name}");
    }

    let payment = a_transaction_report("x", "bob", 1, &[]);
    tenant.transactions(vec![payment]).await;
    tenant.risks(vec![hit.clone()]).await;
    let of = async |id| tenant.stored_evidence(id).await.expect("the stored evidence");
    let transaction = of(same_id).await;
    assert_eq!(transaction.owner.vendor_data.as_str(), "bob");
    assert_eq!(of(same_risk).await.evidence, Evidence::RiskEvent(hit.event));
    assert_eq!(of(id.clone()).await, stored);

    tenant.remove("ada").await;
    assert!(of(id).await.owner.deleted);
}

/// A decision that needs the history gets all sessions in their current state and the time of the latest transaction,
/// whether or not the history was requested in advance.
pub async fn a_decision_that_requires_the_history_is_repeated_with_it(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let sessions = vec![
        a_session_report("a", "ada", 1, SessionStatus::Approved),
        a_session_report("b", "ada", 2, SessionStatus::Approved),
        a_session_report("c", "bob", 1, SessionStatus::Approved),
    ];
    tenant.sessions(sessions).await;
    let payments = vec![
        a_transaction_report("late", "ada", 9, &[]),
        a_transaction_report("early", "ada", 3, &[]),
    ];
    tenant.transactions(payments).await;
    tenant.has(a_user("eve")).await;

    for hint in [false, true] {
        let history = seen_history(&tenant, "ada", hint).await;
        let names: Vec<_> = history.sessions.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(names, ["a", "b"], "sessions of ada, requested: {hint}");
        assert_eq!(history.last_transaction_at, Some(second(9)));
        assert_eq!(seen_history(&tenant, "eve", hint).await, History::default());
    }

    // The newest approval is overturned. Only the history contains the values of the earlier approval.
    let overturned = a_session_report("b", "ada", 3, SessionStatus::Declined);
    tenant.session(overturned).await.expect("no refusal");
    let ada = tenant.find(&by_name("ada")).await.expect("ada").record;
    let name = ada.profile.full_name().map(|(name, _)| name.as_str().to_owned());
    assert_eq!(name.as_deref(), Some("Name a"));
    tenant.assert_stored_as_decided().await;
}

/// The history that a decision sees, with sessions in the order of their ids.
async fn seen_history(tenant: &Tenant, name: &str, hint: bool) -> History {
    let seen = Arc::new(Mutex::new(None));
    let recorder = Arc::clone(&seen);
    let facts = FactsSpec { history: hint, ..FactsSpec::default() };
    let read = Mutation::of_existing(by_name(name), facts, move |facts| {
        recorder.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&facts.history);
        match facts.history {
            None => Outcome::NeedsHistory.into(),
            Some(_) => Outcome::Unchanged.into(),
        }
    });
    let written = tenant.write(read).await.expect("no refusal");
    assert!(!written.changed);
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut history = seen.take().expect("the history");
    history.sessions.sort_by(|a, b| a.id.cmp(&b.id));
    history
}

/// If a record differs from its history, a recount reports the fields and corrects them on request. Correct users do
/// not change.
pub async fn a_wrong_session_aggregate_is_found_and_corrected(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let reports = vec![
        a_session_report("a", "ada", 1, SessionStatus::Approved),
        a_session_report("b", "bob", 1, SessionStatus::Approved),
    ];
    tenant.sessions(reports.clone()).await;
    let correct = recounted(&tenant, subject, false).await;
    assert_eq!((correct.users, correct.sessions), (2, 2));
    assert_eq!(correct.wrong, []);

    tenant.write(miscounted(&tenant, "ada")).await.expect("a change");
    let ada = tenant.find(&by_name("ada")).await.expect("ada").record.id;
    for (repair, version) in [(false, 2), (true, 3)] {
        let found = recounted(&tenant, subject, repair).await;
        let [wrong] = found.wrong.as_slice() else { panic!("one wrong user expected: {found:?}") };
        let remedy = if repair { Remedy::Mended } else { Remedy::None };
        assert_eq!((wrong.user, wrong.remedy), (ada, remedy));
        assert!(wrong.fields.contains(&UserField::SessionCount), "{wrong:?}");
        let user = tenant.find(&UserKey::Id(ada)).await.expect("ada");
        assert_eq!(user.record.version, version);
    }
    assert_eq!(recounted(&tenant, subject, true).await.wrong, []);
    let bob = tenant.find(&by_name("bob")).await.expect("bob");
    assert_eq!(bob.record.version, 1);
    let again = a_session_report("a", "ada", 2, SessionStatus::Approved);
    let all = reports.into_iter().chain([again.clone()]);
    let all: Vec<_> = all.map(Report::Session).collect();
    tenant.session(again).await.expect("no refusal");
    assert_aggregates_match(&tenant, &all).await;
}

async fn recounted(tenant: &Tenant, subject: &UserStoreSubject, repair: bool) -> RecountPage {
    let (store, reader): (Arc<dyn UserStore>, Arc<dyn UserReader>) =
        (subject.store.clone(), subject.reader.clone());
    let entropy = Arc::new(CountingEntropy::based_on(unique_seed()));
    let recount = RecountService::new(store, reader, tenant.clock.clone(), entropy);
    let page = recount.check_page(&tenant.application, None, repair).await;
    page.expect("the store answers")
}

/// Clears the session aggregate of the user.
fn miscounted(tenant: &Tenant, name: &str) -> Mutation {
    let context = tenant.context();
    Mutation::of_existing(by_name(name), FactsSpec::default(), move |facts| {
        decide_recount(&Facts { history: Some(History::default()), ..facts.clone() }, &context)
    })
}
