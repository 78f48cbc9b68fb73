//! The store in memory with flaws that a transaction prevents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapter_memory::MemoryStore;
use async_trait::async_trait;
use users_domain::model::evidence::{EvidenceId, EvidenceOwner, StoredEvidence};
use users_domain::model::{
    ApplicationId, EventId, IdempotencyClaim, ListUsers, PageStart, User, UserId,
};
use users_domain::ports::{
    Answered, Facts, IdempotencyError, Idempotent, MockUserReader, Mutation, StoreError, UserStore,
    WriteError, Written,
};
use users_domain::rules::{Decision, Outcome, Rejection, listing};

use crate::PlainEncoder;
use crate::conformance::{AuditRow, EventRow, Inspect};

/// The flaw of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Decides on facts that were read before other writes, and then writes.
    DecidesBeforeItLocks,
    /// Stores the user and audit entries although an event cannot be written.
    WritesEventsLast,
    /// Returns success although an event was not written.
    IgnoresFailedEvents,
    /// Stores the evidence, and nothing else, although the event cannot be written.
    WritesEvidenceFirst,
    /// Returns evidence only if it belongs to the user of the mutation.
    ReadsOnlyEvidenceOfTheUser,
    /// Omits the last session from histories.
    TruncatesHistories,
    /// Does not store evidence of deleted users.
    DropsEvidenceOfDeletedUsers,
    /// Continues a page after a value and skips other users with the same value.
    IgnoresTies,
    /// Reads the claim, lets other calls run, and then executes the call.
    ReadsClaimsBeforeItLocks,
    /// Stores the response although the change cannot be written.
    WritesResponsesFirst,
    /// Treats all calls with the same key as equal.
    IgnoresFingerprints,
}

#[derive(Default)]
struct State {
    events_fail: bool,
    /// Events that were not written.
    lost: BTreeSet<EventId>,
    /// Evidence that was written without its user and event.
    evidence: BTreeMap<EvidenceId, StoredEvidence>,
    /// The first claim of each name.
    claims: BTreeMap<[u8; 32], IdempotencyClaim>,
    answered: BTreeSet<[u8; 32]>,
}

/// Shared with the decisions that it passes on.
#[derive(Clone)]
pub(super) struct TornStore {
    flaw: Flaw,
    inner: Arc<MemoryStore>,
    state: Arc<Mutex<State>>,
}

impl TornStore {
    pub(super) fn new(flaw: Flaw, inner: &Arc<MemoryStore>) -> Self {
        Self { flaw, inner: Arc::clone(inner), state: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mutation with wrong facts or another outcome.
    fn distorted(&self, mutation: Mutation) -> Mutation {
        let (store, decide) = (self.clone(), Arc::clone(&mutation.decide));
        let requested = mutation.facts.evidence.clone();
        let distorted = move |facts: &Facts| {
            let mut facts = facts.clone();
            let early = requested.as_ref().and_then(|id| store.state().evidence.get(id).cloned());
            facts.kept = facts.kept.or(early);
            let user = facts.user.as_ref().map(|user| user.record.id);
            if store.flaw == Flaw::ReadsOnlyEvidenceOfTheUser {
                facts.kept = facts.kept.filter(|row| Some(row.owner.user) == user);
            }
            if store.flaw == Flaw::TruncatesHistories
                && let Some(history) = &mut facts.history
            {
                history.sessions.pop();
            }
            let mut decision = decide(&facts);
            if store.flaw == Flaw::DropsEvidenceOfDeletedUsers
                && let Outcome::EvidenceOnly(row) = &mut decision.outcome
            {
                *row = None;
            }
            store.write_in_part(&decision);
            decision
        };
        Mutation { decide: Arc::new(distorted), ..mutation }
    }

    /// Writes the parts that do not belong to a transaction, if events fail.
    fn write_in_part(&self, decision: &Decision) {
        let mut state = self.state();
        let Outcome::Changed(change) = &decision.outcome else { return };
        if !state.events_fail {
            return;
        }
        if self.flaw == Flaw::WritesEvidenceFirst {
            let user = &change.user().record;
            let owner = EvidenceOwner {
                user: user.id,
                vendor_data: user.vendor_data.clone(),
                deleted: false,
            };
            for row in change.evidence() {
                let stored = StoredEvidence { owner: owner.clone(), evidence: row.after.clone() };
                state.evidence.insert(row.after.id(), stored);
            }
        }
        state.lost.extend(change.events().iter().map(|event| event.id));
    }

    /// The mutation with the decision on the current facts.
    async fn decided(&self, application: ApplicationId, mutation: Mutation) -> Mutation {
        let early = Arc::new(Mutex::new(None));
        let (recorder, decide) = (Arc::clone(&early), Arc::clone(&mutation.decide));
        let read = Mutation {
            decide: Arc::new(move |facts| {
                let decision = decide(facts);
                if decision.outcome == Outcome::NeedsHistory {
                    return decision;
                }
                *recorder.lock().unwrap() = Some(decision);
                Rejection::UserNotFound.into()
            }),
            ..mutation.clone()
        };
        assert!(self.inner.commit(application, vec![read]).await.is_ok());
        let decision = early.lock().unwrap().take().expect("a decision was made");
        Mutation { decide: Arc::new(move |_| decision.clone()), ..mutation }
    }

    async fn let_others_run(&self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    /// Whether writes continue although events fail.
    fn ignores_failures(&self) -> bool {
        matches!(self.flaw, Flaw::WritesEventsLast | Flaw::IgnoresFailedEvents)
    }
}

#[async_trait]
impl UserStore for TornStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let mut answers = Vec::new();
        for mut mutation in mutations {
            if self.flaw == Flaw::DecidesBeforeItLocks {
                mutation = self.decided(application, mutation).await;
                self.let_others_run().await;
            }
            let mutation = self.distorted(mutation);
            answers.extend(self.inner.commit(application, vec![mutation]).await?);
        }
        if self.state().events_fail && self.flaw == Flaw::WritesEventsLast {
            return Err(StoreError::Unavailable { reason: "events fail".to_owned() });
        }
        Ok(answers)
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        mut once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        let (name, claim) = (*once.claim.name(), once.claim);
        let known = self.state().answered.contains(&name);
        match self.flaw {
            Flaw::IgnoresFingerprints => {
                once.claim = *self.state().claims.entry(name).or_insert(claim);
            }
            Flaw::ReadsClaimsBeforeItLocks => self.let_others_run().await,
            Flaw::WritesResponsesFirst if self.state().events_fail => {
                self.inner.commit_idempotent(application, Vec::new(), once.clone()).await?;
            }
            _ => {}
        }
        let outcome = self.inner.commit_idempotent(application, mutations.clone(), once).await;
        self.state().answered.insert(name);
        match outcome {
            Ok(Answered::Replayed(_)) if !known && self.flaw == Flaw::ReadsClaimsBeforeItLocks => {
                Ok(Answered::Fresh(self.inner.commit(application, mutations).await?))
            }
            outcome => outcome,
        }
    }
}

#[async_trait]
impl Inspect for TornStore {
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow> {
        let entries = self.inner.audit_entries(application);
        let of_user = entries.iter().filter(|entry| entry.header.user == Some(user));
        of_user.map(AuditRow::of).collect()
    }

    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow> {
        let events = self.inner.events(application).into_iter().map(|stored| stored.event);
        let lost = &self.state().lost;
        let of_user = events.filter(|event| event.user == user && !lost.contains(&event.id));
        of_user.map(|event| EventRow::of(&event, &PlainEncoder)).collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        self.state().events_fail = fail;
        let events = if fail && !self.ignores_failures() { 0 } else { usize::MAX };
        self.inner.set_event_capacity(events);
    }
}

/// Lists users, and skips those with the value at which the page starts.
pub(super) fn without_ties(store: &Arc<MemoryStore>) -> MockUserReader {
    let mut reader = MockUserReader::new();
    let store = Arc::clone(store);
    reader.expect_list().returning(move |application, question: &ListUsers| {
        let key_of = |user: &User| listing::position(&user.record, question.order.key, None).key;
        let mut users = store.users(application);
        users.retain(|user| user.record.deleted_at.is_none());
        if let PageStart::After(place) = &question.start {
            users.retain(|user| key_of(user) != place.key);
        }
        Ok(listing::page(&users, question))
    });
    reader
}
