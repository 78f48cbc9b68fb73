//! Use cases for deleted users.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Contexts;
use super::users::{HeldCall, IdempotentFor, ServiceError, authorize, commit};
use crate::model::{
    Caller, DeletedPage, DeletedPosition, Operation, PageSize, UserId, UserKey, VendorData,
};
use crate::ports::{
    Answered, Clock, DeletedUserReader, Entropy, FactsSpec, IdempotencyStore, Mutation, UserStore,
    WriteError, Written,
};
use crate::rules::{Rejection, decide_restore, listing};

/// Users to restore.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RestoreUsers {
    /// For each name, the user deleted last.
    pub names: Vec<VendorData>,
    /// Users with these ids.
    pub ids: Vec<UserId>,
}

/// Result of a restoration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restoration {
    /// Number of restored users.
    pub restored: u64,
    /// Names that were not restored because another user has them; sorted, without duplicates.
    pub conflicts: Vec<VendorData>,
}

impl Restoration {
    /// Summarizes the store's results, in the order of `names`. Fails on contention.
    fn of(
        names: &[VendorData],
        answers: &[Result<Written, WriteError>],
    ) -> Result<Self, WriteError> {
        let mut restoration = Self::default();
        for (name, answer) in names.iter().zip(answers) {
            match answer {
                Ok(written) => restoration.restored += u64::from(written.changed),
                Err(WriteError::Refused(Rejection::VendorDataTaken)) => {
                    restoration.conflicts.push(name.clone());
                }
                Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {}
                Err(WriteError::Contended) => return Err(WriteError::Contended),
            }
        }
        restoration.conflicts.sort_unstable();
        restoration.conflicts.dedup();
        Ok(restoration)
    }
}

/// Use cases for deleted users.
pub struct DeletedUserService {
    store: Arc<dyn UserStore>,
    deleted: Arc<dyn DeletedUserReader>,
    claims: Arc<dyn IdempotencyStore>,
    contexts: Contexts,
    longest_hold: Duration,
}

impl DeletedUserService {
    /// Creates the service with its ports. `longest_hold` limits the claim of a restoration that never completes.
    pub fn new(
        store: Arc<dyn UserStore>,
        deleted: Arc<dyn DeletedUserReader>,
        claims: Arc<dyn IdempotencyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        longest_hold: Duration,
    ) -> Self {
        Self { store, deleted, claims, contexts: Contexts { clock, entropy }, longest_hold }
    }

    /// Returns one page of deleted users, newest deletion first.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
        after: Option<DeletedPosition>,
        size: PageSize,
    ) -> Result<DeletedPage, ServiceError> {
        authorize(caller, Operation::ListDeletedUsers)?;
        // One extra row shows whether another page follows.
        let limit = size.rows().saturating_add(1);
        let mut rows = self.deleted.list(caller.application(), after, limit).await?;
        let more = rows.len() > size.rows();
        rows.truncate(size.rows());
        let more = listing::end_page(&mut rows) || more;
        let last_position = rows
            .last()
            .and_then(|user| Some(DeletedPosition { deleted_at: user.deleted_at?, id: user.id }));
        let next = last_position.filter(|_| more);
        Ok(DeletedPage { rows, next })
    }

    /// Restores deleted users. Users that cannot be restored are not counted, so a retry is harmless.
    ///
    /// # Errors
    /// [`ServiceError`]. Users restored before an error stay restored.
    pub async fn restore(
        &self,
        caller: &Caller,
        command: &RestoreUsers,
        once: Option<IdempotentFor<Restoration>>,
    ) -> Result<Answered<Restoration>, ServiceError> {
        authorize(caller, Operation::RestoreUsers)?;
        let (claims, longest_hold) = (&*self.claims, self.longest_hold);
        let begun = HeldCall::begin(claims, caller, once, &self.contexts, longest_hold);
        let held = match begun.await? {
            Answered::Fresh(held) => held,
            Answered::Replayed(stored) => return Ok(Answered::Replayed(stored)),
        };
        let answer = self.restore_selected(caller, command, held.as_ref()).await;
        if let Some(held) = held {
            held.end(claims, caller, &answer, |_| true).await;
        }
        answer
    }

    async fn restore_selected(
        &self,
        caller: &Caller,
        command: &RestoreUsers,
        held: Option<&HeldCall<Restoration>>,
    ) -> Result<Answered<Restoration>, ServiceError> {
        let application = caller.application();
        let candidates = self.deleted.candidates(application, &command.names, &command.ids).await?;
        // Sorted by id: if several users have the same name, the oldest is restored first.
        let candidates: BTreeMap<UserId, VendorData> = candidates.into_iter().collect();
        let mutations = candidates.keys().map(|id| self.mutation(caller, *id));
        let mutations = mutations.collect();
        let names: Arc<[VendorData]> = candidates.into_values().collect();
        let once = held.map(|held| {
            let names = Arc::clone(&names);
            held.last_commit(move |answers| Restoration::of(&names, answers))
        });
        commit(&*self.store, application, mutations, once)
            .await?
            .try_map(|answers| Ok(Restoration::of(&names, &answers)?))
    }

    fn mutation(&self, caller: &Caller, id: UserId) -> Mutation {
        let context = self.contexts.of(caller);
        let settings = caller.grant.settings;
        let facts = FactsSpec {
            name_taken: true,
            block_left: settings.block_survives_deletion,
            history: true,
            ..FactsSpec::without_comments()
        };
        Mutation::of_existing(UserKey::IdIncludingDeleted(id), facts, move |facts| {
            decide_restore(facts, settings.retention, &context)
        })
    }
}

#[cfg(test)]
mod tests;
