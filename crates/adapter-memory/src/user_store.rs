//! Writing users.

use async_trait::async_trait;
use users_domain::model::{ApplicationId, TagName, UserKey};
use users_domain::ports::{
    Answered, Facts, IdempotencyError, Idempotent, Mutation, StoreError, UserStore, WriteError,
    Written,
};
use users_domain::rules::{ChangeSet, Outcome, Rejection};

use crate::MemoryStore;
use crate::state::{ApplicationUsers, StoredEvent};

#[async_trait]
impl UserStore for MemoryStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let mut state = self.lock();
        let users = state.users.entry(application).or_default();
        mutations.iter().map(|mutation| self.commit_one(users, mutation)).collect()
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        let (now, mut state) = (self.now(), self.lock());
        let known = state.claims.look_up(application, &once.claim, once.holder, now);
        if let Some(known) = known {
            return known.map(Answered::Replayed);
        }
        let users = state.users.entry(application).or_default();
        // If the stored response cannot be built, the changes are not written either.
        let mut changed = users.clone();
        let answers = mutations
            .iter()
            .map(|mutation| self.commit_one(&mut changed, mutation))
            .collect::<Result<Vec<_>, _>>()?;
        let kept = (once.answer)(&answers)?;
        *users = changed;
        if let Some(kept) = kept {
            state.claims.keep(application, &once.claim, kept, now);
        }
        Ok(Answered::Fresh(answers))
    }
}

impl MemoryStore {
    fn commit_one(
        &self,
        users: &mut ApplicationUsers,
        mutation: &Mutation,
    ) -> Result<Result<Written, WriteError>, StoreError> {
        let mut facts = facts(users, mutation);
        let mut decision = (mutation.decide)(&facts);
        if decision.outcome == Outcome::NeedsHistory {
            facts.history = facts.user.as_ref().map(|user| users.evidence.history(user.record.id));
            decision = (mutation.decide)(&facts);
        }
        let answer = match &decision.outcome {
            Outcome::Changed(change) => {
                let events = self.encode(users, change)?;
                let written = Written::changed(change, &decision, facts.comments);
                users.apply(change, events, written.user.comments.clone());
                Ok(written)
            }
            Outcome::Unchanged => match &facts.user {
                Some(user) => Ok(Written::unchanged(user, &decision, facts.comments)),
                None => Err(Rejection::UserNotFound.into()),
            },
            Outcome::Refused(rejection) => Err(rejection.clone().into()),
            Outcome::EvidenceOnly(row) => {
                if let Some(row) = row {
                    users.evidence.keep(row.owner, row.change.after.clone());
                }
                let receipt =
                    decision.receipt.ok_or_else(|| defect("a report without a receipt"))?;
                Err(WriteError::UserGone(receipt))
            }
            Outcome::NeedsHistory => {
                return Err(defect("a decision that needs history although it has it"));
            }
        };
        users.note(&decision.notes);
        Ok(answer)
    }

    fn encode(
        &self,
        users: &ApplicationUsers,
        change: &ChangeSet,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let events = change.events();
        if users.events.len().saturating_add(events.len()) > self.event_capacity() {
            return Err(StoreError::Unavailable {
                reason: "no more events can be stored".to_owned(),
            });
        }
        let now = self.now();
        let stored = |event| StoredEvent {
            encoded: self.encoder.encode(event),
            event: event.clone(),
            recorded_at: now,
        };
        Ok(events.iter().map(stored).collect())
    }
}

fn facts(users: &ApplicationUsers, mutation: &Mutation) -> Facts {
    let file = users.find(&mutation.key);
    let tag = |name: &TagName| users.tags.get(name).cloned();
    Facts {
        user: file.map(|file| file.user.clone()),
        comments: file.map(|file| file.comments.clone()).unwrap_or_default(),
        tags: mutation.facts.tags.iter().filter_map(tag).collect(),
        name_taken: mutation.facts.name_taken && file.is_some_and(|file| users.is_taken_from(file)),
        block_left: mutation.facts.block_left
            && match (file, &mutation.key) {
                (None, UserKey::VendorData(name)) => users.block_left(name),
                (Some(file), _) if file.user.record.deleted_at.is_some() => {
                    users.block_left(&file.user.record.vendor_data)
                }
                _ => false,
            },
        kept: mutation.facts.evidence.as_ref().and_then(|id| users.kept(id)),
        history: None,
    }
}

fn defect(reason: &str) -> StoreError {
    StoreError::Defect { reason: reason.to_owned() }
}
