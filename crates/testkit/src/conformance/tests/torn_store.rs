//! A store with flaws that a transaction prevents.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use users_domain::model::evidence::{EvidenceId, EvidenceOwner, History, StoredEvidence};
use users_domain::model::{
    Application, ApplicationId, ApplicationSettings, AuditEntry, Comment, ListUsers, PageStart,
    Timestamp, User, UserDetail, UserEvent, UserId, UserKey, UserPage, UserRecord, UserStatus,
    VendorData,
};
use users_domain::ports::{
    Answered, ApplicationStore, Facts, IdempotencyError, Idempotent, Mutation, StoreError,
    UserReader, UserStore, WriteError, Written,
};
use users_domain::rules::{ChangeSet, Decision, Outcome, listing};

use super::torn_claims::Claims;
use super::torn_evidence::Rows;
use crate::PlainEncoder;
use crate::conformance::{AuditRow, EventRow, Inspect};

/// The flaw of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No flaw.
    None,
    /// Decides on facts that were read before other writes, and then writes.
    DecidesBeforeItLocks,
    /// Stores the user and audit entries although an event cannot be written.
    WritesEventsLast,
    /// Returns success although an event was not written.
    IgnoresFailedEvents,
    /// Continues a page after a value and skips other users with the same value.
    IgnoresTies,
    /// Stores the evidence, and nothing else, although the event cannot be written.
    WritesEvidenceFirst,
    /// Returns evidence only if it belongs to the user of the mutation.
    ReadsOnlyEvidenceOfTheUser,
    /// Omits the last session from histories.
    TruncatesHistories,
    /// Does not store evidence of deleted users.
    DropsEvidenceOfDeletedUsers,
    /// Reads the claim, lets other calls run, and then executes the call.
    ReadsClaimsBeforeItLocks,
    /// Stores the response although the change cannot be written.
    WritesResponsesFirst,
    /// Treats all calls with the same key as equal.
    IgnoresFingerprints,
}

/// Stores users, evidence, audit entries and events, but neither tags nor search texts.
pub(super) struct TornStore {
    pub(super) flaw: Flaw,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) claims: Claims,
    users: BTreeMap<(ApplicationId, UserId), User>,
    evidence: Rows,
    audit: Vec<AuditEntry>,
    events: Vec<UserEvent>,
    events_fail: bool,
}

impl TornStore {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self { flaw, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn commit_one(
        &self,
        application: ApplicationId,
        mutation: &Mutation,
    ) -> Result<Result<Written, WriteError>, StoreError> {
        if self.flaw == Flaw::DecidesBeforeItLocks {
            let (facts, decision) = self.decide(&self.lock(), application, mutation);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            return self.write(&mut self.lock(), application, facts, &decision);
        }
        let mut state = self.lock();
        let (facts, decision) = self.decide(&state, application, mutation);
        self.write(&mut state, application, facts, &decision)
    }

    pub(super) fn decide(
        &self,
        state: &State,
        application: ApplicationId,
        mutation: &Mutation,
    ) -> (Facts, Decision) {
        let mut facts = state.facts(application, &mutation.key);
        let user = facts.user.as_ref().map(|user| user.record.id);
        let requested = mutation.facts.evidence.as_ref();
        facts.kept = requested.and_then(|id| state.stored_evidence(application, id));
        if self.flaw == Flaw::ReadsOnlyEvidenceOfTheUser {
            facts.kept = facts.kept.filter(|row| Some(row.owner.user) == user);
        }
        let name = match (&facts.user, &mutation.key) {
            (None, UserKey::VendorData(name)) => Some(name),
            (Some(user), _) if user.record.deleted_at.is_some() => Some(&user.record.vendor_data),
            _ => None,
        };
        facts.block_left = mutation.facts.block_left
            && name.is_some_and(|name| state.block_left(application, name));
        let mut decision = (mutation.decide)(&facts);
        if decision.outcome == Outcome::NeedsHistory {
            let mut history = user.map(|user| state.evidence.history(user));
            if let Some(history) =
                history.as_mut().filter(|_| self.flaw == Flaw::TruncatesHistories)
            {
                history.sessions.pop();
            }
            facts.history = history;
            decision = (mutation.decide)(&facts);
        }
        (facts, decision)
    }

    pub(super) fn write(
        &self,
        state: &mut State,
        application: ApplicationId,
        facts: Facts,
        decision: &Decision,
    ) -> Result<Result<Written, WriteError>, StoreError> {
        let answer = match (&decision.outcome, &facts.user) {
            (Outcome::Changed(change), _) => {
                self.write_change(state, change)?;
                Ok(Written::changed(change, decision, facts.comments))
            }
            (Outcome::Unchanged, Some(user)) => {
                Ok(Written::unchanged(user, decision, facts.comments))
            }
            (Outcome::Unchanged, None) => unreachable!("nothing is unchanged without a user"),
            (Outcome::Refused(rejection), _) => Err(rejection.clone().into()),
            (Outcome::EvidenceOnly(row), _) => {
                if let Some(row) =
                    row.as_ref().filter(|_| self.flaw != Flaw::DropsEvidenceOfDeletedUsers)
                {
                    let after = row.change.after.clone();
                    state.evidence.put(application, row.owner, after);
                }
                Err(WriteError::UserGone(decision.receipt.expect("a receipt")))
            }
            (Outcome::NeedsHistory, _) => unreachable!("the decision had the history"),
        };
        state.audit.extend(decision.notes.clone());
        Ok(answer)
    }

    fn write_change(&self, state: &mut State, change: &ChangeSet) -> Result<(), StoreError> {
        let failure = StoreError::Unavailable { reason: "events fail".to_owned() };
        let fails = state.events_fail && self.flaw != Flaw::IgnoresFailedEvents;
        let user = change.user().clone();
        if !fails || matches!(self.flaw, Flaw::WritesEventsLast | Flaw::WritesEvidenceFirst) {
            let (application, id) = (user.record.application, user.record.id);
            for row in change.evidence() {
                state.evidence.put(application, id, row.after.clone());
            }
        }
        if fails && self.flaw != Flaw::WritesEventsLast {
            return Err(failure);
        }
        state.users.insert((user.record.application, user.record.id), user);
        state.audit.extend(change.audit().to_vec());
        if fails {
            return Err(failure);
        }
        if !state.events_fail {
            state.events.extend(change.events().to_vec());
        }
        Ok(())
    }
}

impl State {
    fn facts(&self, application: ApplicationId, key: &UserKey) -> Facts {
        let mut undeleted = self.undeleted(application);
        let user = match key {
            UserKey::Id(id) => undeleted.find(|user| user.record.id == *id),
            UserKey::IdIncludingDeleted(id) => self.users.get(&(application, *id)),
            UserKey::VendorData(name) => undeleted.find(|user| user.record.vendor_data == *name),
        };
        let comments = user.map(|user| self.comments(user.record.id)).unwrap_or_default();
        Facts { user: user.cloned(), comments, ..Facts::default() }
    }

    fn stored_evidence(
        &self,
        application: ApplicationId,
        id: &EvidenceId,
    ) -> Option<StoredEvidence> {
        let (user, evidence) = self.evidence.find(application, id)?;
        let owner = self.users.get(&(application, *user))?;
        Some(StoredEvidence {
            owner: EvidenceOwner {
                user: *user,
                vendor_data: owner.record.vendor_data.clone(),
                deleted: owner.record.deleted_at.is_some(),
            },
            evidence: evidence.clone(),
        })
    }

    fn block_left(&self, application: ApplicationId, name: &VendorData) -> bool {
        let users = self.users.values().map(|user| &user.record);
        let deleted = users
            .filter(|user| user.application == application)
            .filter(|user| user.vendor_data == *name && user.deleted_at.is_some());
        let last = deleted.max_by_key(|user| (user.deleted_at, user.id));
        last.is_some_and(|user| user.status == UserStatus::Blocked)
    }

    fn undeleted(&self, application: ApplicationId) -> impl Iterator<Item = &User> {
        let users = self.users.values().filter(move |user| user.record.application == application);
        users.filter(|user| user.record.deleted_at.is_none())
    }

    fn comments(&self, user: UserId) -> Vec<Comment> {
        let newest_first = self.audit.iter().rev().filter(|entry| entry.header.user == Some(user));
        let comments = newest_first.filter_map(AuditEntry::as_comment);
        comments.take(Comment::SHOWN_IN_DETAIL).collect()
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
        for mutation in &mutations {
            answers.push(self.commit_one(application, mutation).await?);
        }
        Ok(answers)
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        if self.flaw == Flaw::ReadsClaimsBeforeItLocks {
            if let Some(known) = self.known(&self.lock(), application, &once) {
                return known;
            }
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            return self.execute(&mut self.lock(), application, &mutations, &once);
        }
        let mut state = self.lock();
        match self.known(&state, application, &once) {
            Some(known) => known,
            None => self.execute(&mut state, application, &mutations, &once),
        }
    }
}

#[async_trait]
impl UserReader for TornStore {
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError> {
        let facts = self.lock().facts(application, key);
        Ok(facts.user.map(|user| UserDetail {
            record: user.record,
            metadata: user.metadata.text(),
            comments: facts.comments,
        }))
    }

    async fn list(
        &self,
        application: ApplicationId,
        question: &ListUsers,
    ) -> Result<UserPage, StoreError> {
        let state = self.lock();
        let skipped = match &question.start {
            PageStart::After(place) if self.flaw == Flaw::IgnoresTies => Some(&place.key),
            _ => None,
        };
        let key_of = |user: &User| listing::position(&user.record, question.order.key, None).key;
        let users = state.undeleted(application).filter(|user| Some(&key_of(user)) != skipped);
        Ok(listing::page(users, question))
    }

    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError> {
        let key = UserKey::VendorData(vendor_data.clone());
        let user = self.lock().facts(application, &key).user;
        Ok(user.map(|user| (user.record.status, user.record.version)))
    }

    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError> {
        Ok(self.lock().block_left(application, vendor_data))
    }

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        let state = self.lock();
        let users = state.undeleted(application).map(|user| &user.record);
        let requested = users.filter(|user| Some(user.id) > after);
        let rows = requested.map(|user| (user.clone(), state.evidence.history(user.id)));
        Ok(rows.take(limit).collect())
    }

    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let state = self.lock();
        let users = state.undeleted(application).map(|user| &user.record);
        let requested = users.filter(|user| user.created_at <= made_by && Some(user.id) > after);
        Ok(requested.map(|user| user.id).take(limit).collect())
    }
}

#[async_trait]
impl ApplicationStore for TornStore {
    async fn add(&self, _: Application) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn list(&self) -> Result<Vec<Application>, StoreError> {
        Ok(Vec::new())
    }

    async fn find(&self, _: ApplicationId) -> Result<Option<Application>, StoreError> {
        Ok(None)
    }

    async fn replace_settings(
        &self,
        _: ApplicationId,
        _: ApplicationSettings,
        _: ApplicationSettings,
        _: AuditEntry,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }
}

#[async_trait]
impl Inspect for TornStore {
    async fn audit_entries(&self, _: ApplicationId, user: UserId) -> Vec<AuditRow> {
        let state = self.lock();
        let of_user = state.audit.iter().filter(|entry| entry.header.user == Some(user));
        of_user.map(AuditRow::of).collect()
    }

    async fn events(&self, _: ApplicationId, user: UserId) -> Vec<EventRow> {
        let state = self.lock();
        let of_user = state.events.iter().filter(|event| event.user == user);
        of_user.map(|event| EventRow::of(event, &PlainEncoder)).collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        self.lock().events_fail = fail;
    }
}
