//! Use cases for deleted users.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::users::{HeldCall, IdempotentFor, ServiceError, authorize};
use crate::model::{
    Caller, DeletedPage, DeletedPosition, HolderId, Operation, PageSize, UserId, UserKey,
    VendorData, random_uuid,
};
use crate::ports::{
    Answered, Clock, DeletedUserReader, Entropy, FactsSpec, IdempotencyStore, Idempotent, Mutation,
    Presence, UserStore, WriteError, Written,
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
    /// Summarizes the store's results, given in the order of `names`. Fails if the store could not decide on a user
    /// because of contention.
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

impl HeldCall<Restoration> {
    /// Completion of the call, to be stored in its commit.
    fn ending(&self, names: Arc<[VendorData]>) -> Idempotent {
        let once = self.once.clone();
        Idempotent {
            claim: once.claim,
            holder: Some(self.holder),
            answer: Arc::new(move |answers| match Restoration::of(&names, answers) {
                Ok(restoration) => once.stored(&restoration, None).map(Some),
                Err(_) => Ok(None),
            }),
        }
    }
}

/// Use cases for deleted users.
pub struct DeletedUserService {
    store: Arc<dyn UserStore>,
    deleted: Arc<dyn DeletedUserReader>,
    claims: Arc<dyn IdempotencyStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    longest_hold: Duration,
}

impl DeletedUserService {
    /// Creates the service with its ports. `longest_hold` is the maximum lifetime of the idempotency claim of a
    /// restoration that never completes.
    pub fn new(
        store: Arc<dyn UserStore>,
        deleted: Arc<dyn DeletedUserReader>,
        claims: Arc<dyn IdempotencyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        longest_hold: Duration,
    ) -> Self {
        Self {
            store,
            deleted,
            claims,
            clock,
            entropy,
            longest_hold,
        }
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
        let mut rows = self
            .deleted
            .list(caller.application(), after, limit)
            .await?;
        let more = rows.len() > size.rows();
        rows.truncate(size.rows());
        let more = listing::end_page(&mut rows) || more;
        let last_position = rows.last().and_then(|user| {
            Some(DeletedPosition {
                deleted_at: user.deleted_at?,
                id: user.id,
            })
        });
        let next = last_position.filter(|_| more);
        Ok(DeletedPage { rows, next })
    }

    /// Restores deleted users. Users that are unknown, not deleted or past their retention are not counted, so a retry
    /// is harmless.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::KeyReused`], [`ServiceError::KeyInUse`],
    /// [`ServiceError::Contended`], [`ServiceError::Store`]. Users restored before an error stay restored.
    pub async fn restore(
        &self,
        caller: &Caller,
        command: &RestoreUsers,
        once: Option<IdempotentFor<Restoration>>,
    ) -> Result<Answered<Restoration>, ServiceError> {
        authorize(caller, Operation::RestoreUsers)?;
        let Some(once) = once else {
            return self.restore_selected(caller, command, None).await;
        };
        let holder = HolderId::new(random_uuid(self.clock.now(), self.entropy.seed()));
        let claims = &*self.claims;
        let held = match HeldCall::begin(claims, caller, once, holder, self.longest_hold).await? {
            Answered::Fresh(held) => held,
            Answered::Replayed(stored) => return Ok(Answered::Replayed(stored)),
        };
        let answer = self.restore_selected(caller, command, Some(&held)).await;
        held.end(claims, caller, &answer, |_| true).await;
        answer
    }

    async fn restore_selected(
        &self,
        caller: &Caller,
        command: &RestoreUsers,
        held: Option<&HeldCall<Restoration>>,
    ) -> Result<Answered<Restoration>, ServiceError> {
        let application = caller.application();
        let candidates = self
            .deleted
            .candidates(application, &command.names, &command.ids)
            .await?;
        // Sorted by id: if several users have the same name, the oldest is restored first.
        let candidates: BTreeMap<UserId, VendorData> = candidates.into_iter().collect();
        let mutations = candidates.keys().map(|id| self.mutation(caller, *id));
        let (store, mutations) = (&self.store, mutations.collect::<Vec<_>>());
        let names: Arc<[VendorData]> = candidates.into_values().collect();
        let answers = match held {
            None if mutations.is_empty() => Vec::new(),
            None => store.commit(application, mutations).await?,
            Some(held) => {
                let once = held.ending(Arc::clone(&names));
                match store
                    .commit_idempotent(application, mutations, once)
                    .await?
                {
                    Answered::Fresh(answers) => answers,
                    Answered::Replayed(stored) => return Ok(Answered::Replayed(stored)),
                }
            }
        };
        Ok(Answered::Fresh(Restoration::of(&names, &answers)?))
    }

    fn mutation(&self, caller: &Caller, id: UserId) -> Mutation {
        let context = caller.context(self.clock.now(), self.entropy.seed());
        let retention = caller.grant.settings.retention;
        Mutation {
            key: UserKey::IdIncludingDeleted(id),
            expected: Presence::Present,
            facts: FactsSpec {
                comments: false,
                name_taken: true,
                block_left: caller.grant.settings.block_survives_deletion,
                history: true,
                ..FactsSpec::default()
            },
            decide: Arc::new(move |facts| decide_restore(facts, retention, &context)),
        }
    }
}

#[cfg(test)]
mod tests;
