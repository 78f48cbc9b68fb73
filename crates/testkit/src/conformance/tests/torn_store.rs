//! A store with the flaws that a transaction is there to prevent.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use users_domain::model::evidence::History;
use users_domain::model::{
    Application, ApplicationId, ApplicationSettings, AuditEntry, Comment, ListUsers, PageStart,
    Timestamp, User, UserDetail, UserEvent, UserId, UserKey, UserPage, UserRecord, UserStatus,
    VendorData,
};
use users_domain::ports::{
    ApplicationStore, Facts, Mutation, StoreError, UserReader, UserStore, WriteError, Written,
};
use users_domain::rules::{ChangeSet, Decision, Outcome, listing};

use crate::PlainEncoder;
use crate::conformance::{AuditRow, EventRow, Inspect};

/// What is wrong with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing.
    None,
    /// It reads, lets others write, and writes what it decided on what it had read.
    DecidesBeforeItLocks,
    /// User and audit entries stay when an event cannot be written.
    WritesEventsLast,
    /// It answers that all is well when an event was not written.
    SwallowsFailedEvents,
    /// Pages go on behind a value, whoever else has it.
    ForgetsTies,
}

/// Knows users, audit entries and events; neither tags nor search texts.
pub(super) struct TornStore {
    flaw: Flaw,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    users: BTreeMap<(ApplicationId, UserId), User>,
    audit: Vec<AuditEntry>,
    events: Vec<UserEvent>,
    events_fail: bool,
}

impl TornStore {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn commit_one(
        &self,
        application: ApplicationId,
        mutation: &Mutation,
    ) -> Result<Result<Written, WriteError>, StoreError> {
        if self.flaw == Flaw::DecidesBeforeItLocks {
            let facts = self.lock().facts(application, &mutation.key);
            let decision = (mutation.decide)(&facts);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            return self.write(&mut self.lock(), facts, &decision);
        }
        let mut state = self.lock();
        let facts = state.facts(application, &mutation.key);
        let decision = (mutation.decide)(&facts);
        self.write(&mut state, facts, &decision)
    }

    fn write(
        &self,
        state: &mut State,
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
            (Outcome::Aside(_) | Outcome::NeedsHistory, _) => {
                unreachable!("nobody reports to this store")
            }
        };
        state.audit.extend(decision.notes.clone());
        Ok(answer)
    }

    fn write_change(&self, state: &mut State, change: &ChangeSet) -> Result<(), StoreError> {
        let failure = StoreError::Unavailable {
            reason: "events fail".to_owned(),
        };
        let fails = state.events_fail && self.flaw != Flaw::SwallowsFailedEvents;
        if fails && self.flaw != Flaw::WritesEventsLast {
            return Err(failure);
        }
        let user = change.user().clone();
        state
            .users
            .insert((user.record.application, user.record.id), user);
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
        let user = self.living(application).find(|user| match key {
            UserKey::Id(id) => user.record.id == *id,
            UserKey::VendorData(name) => user.record.vendor_data == *name,
        });
        let comments = user
            .map(|user| self.comments(user.record.id))
            .unwrap_or_default();
        Facts {
            user: user.cloned(),
            comments,
            ..Facts::default()
        }
    }

    fn living(&self, application: ApplicationId) -> impl Iterator<Item = &User> {
        let users = self
            .users
            .values()
            .filter(move |user| user.record.application == application);
        users.filter(|user| user.record.deleted_at.is_none())
    }

    fn comments(&self, user: UserId) -> Vec<Comment> {
        let newest_first = self
            .audit
            .iter()
            .rev()
            .filter(|entry| entry.header.user == Some(user));
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
        let behind = match &question.start {
            PageStart::After(place) if self.flaw == Flaw::ForgetsTies => Some(&place.key),
            _ => None,
        };
        let key_of = |user: &User| listing::position(&user.record, question.order.key).key;
        let users = state
            .living(application)
            .filter(|user| Some(&key_of(user)) != behind);
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

    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError> {
        let state = self.lock();
        let users = state.living(application).map(|user| &user.record);
        let asked = users.filter(|user| Some(user.id) > after);
        let rows = asked.map(|user| (user.clone(), History::default()));
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
        let users = state.living(application).map(|user| &user.record);
        let asked = users.filter(|user| user.created_at <= made_by && Some(user.id) > after);
        Ok(asked.map(|user| user.id).take(limit).collect())
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
        let of_user = state
            .audit
            .iter()
            .filter(|entry| entry.header.user == Some(user));
        of_user.map(AuditRow::of).collect()
    }

    async fn events(&self, _: ApplicationId, user: UserId) -> Vec<EventRow> {
        let state = self.lock();
        let of_user = state.events.iter().filter(|event| event.user == user);
        of_user
            .map(|event| EventRow::of(event, &PlainEncoder))
            .collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        self.lock().events_fail = fail;
    }
}
