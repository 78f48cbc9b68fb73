//! Writing users: read the facts, decide, append the line, apply it.

use std::io;

use async_trait::async_trait;
use users_domain::model::evidence::History;
use users_domain::model::{ApplicationId, AuditEntry, TagName, UserKey};
use users_domain::ports::{
    Answered, Facts, IdempotencyError, Idempotent, Mutation, StoreError, UserStore, WriteError,
    Written,
};
use users_domain::rules::{Outcome, Rejection};

use crate::state::{Change, StoredUser, Users};
use crate::{FileStore, Inner, record};

#[async_trait]
impl UserStore for FileStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let inner = &mut *self.lock();
        let results = mutations
            .iter()
            .map(|mutation| self.commit_one(inner, application, mutation))
            .collect();
        // Also if a later mutation failed: the earlier ones were applied.
        inner.journal.sync().map_err(|error| unavailable(&error))?;
        results
    }

    /// Stores no responses: a client has to send the request without a key.
    async fn commit_idempotent(
        &self,
        _: ApplicationId,
        _: Vec<Mutation>,
        _: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        Err(IdempotencyError::OverQuota)
    }
}

impl FileStore {
    fn commit_one(
        &self,
        inner: &mut Inner,
        application: ApplicationId,
        mutation: &Mutation,
    ) -> Result<Result<Written, WriteError>, StoreError> {
        let users = inner.state.of(application);
        let mut facts = facts(users, mutation);
        let mut decision = (mutation.decide)(&facts);
        if decision.outcome == Outcome::NeedsHistory {
            facts.history = Some(History::default());
            decision = (mutation.decide)(&facts);
        }
        let result = match &decision.outcome {
            Outcome::Changed(change) if change.evidence().is_empty() => {
                Ok(Written::changed(change, &decision, facts.comments))
            }
            Outcome::Unchanged => match &facts.user {
                Some(user) => Ok(Written::unchanged(user, &decision, facts.comments)),
                None => Err(Rejection::UserNotFound.into()),
            },
            Outcome::Refused(rejection) => Err(rejection.clone().into()),
            Outcome::Changed(_) | Outcome::EvidenceOnly(_) | Outcome::NeedsHistory => {
                return Err(StoreError::Defect { reason: "this store has no reports".to_owned() });
            }
        };
        let change_set = match &decision.outcome {
            Outcome::Changed(change_set) => Some(&**change_set),
            _ => None,
        };
        let is_new = |entry: &&AuditEntry| !users.audit_ids.contains(&entry.header.id);
        let audit = change_set.map_or(&[][..], |change_set| change_set.audit());
        let audit: Vec<_> = audit.iter().chain(&decision.notes).filter(is_new).collect();
        if change_set.is_none() && audit.is_empty() {
            return Ok(result);
        }
        let change = Change {
            application,
            user: change_set.zip(result.as_ref().ok()).map(|(set, written)| StoredUser {
                user: set.user().clone(),
                comments: written.user.comments.clone(),
            }),
            audit_ids: audit.iter().map(|entry| entry.header.id).collect(),
        };
        let events = change_set.map_or(&[][..], |change_set| change_set.events());
        let line = record::line(&change, &audit, events, &*self.encoder);
        inner.journal.append(&line).map_err(|error| unavailable(&error))?;
        inner.state.apply(change);
        Ok(result)
    }
}

fn facts(users: &Users, mutation: &Mutation) -> Facts {
    let found = users.find(&mutation.key);
    let spec = &mutation.facts;
    let tag = |name: &TagName| users.tags.get(name).cloned();
    // Only if no user has the name, or if the user itself is deleted.
    let deleted_name = match (found, &mutation.key) {
        (None, UserKey::VendorData(name)) => Some(name),
        (Some(found), _) if found.user.record.deleted_at.is_some() => {
            Some(&found.user.record.vendor_data)
        }
        _ => None,
    };
    Facts {
        user: found.map(|found| found.user.clone()),
        comments: found.map_or_else(Vec::new, |found| found.comments.clone()),
        tags: spec.tags.iter().filter_map(tag).collect(),
        name_taken: spec.name_taken && found.is_some_and(|found| users.is_taken_from(found)),
        block_left: spec.block_left && deleted_name.is_some_and(|name| users.block_left(name)),
        kept: None,
        history: None,
    }
}

fn unavailable(error: &io::Error) -> StoreError {
    StoreError::Unavailable { reason: error.kind().to_string() }
}
