//! What can be done with users that were deleted.

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

/// Whom to restore.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RestoreUsers {
    /// Of each name whoever was deleted last.
    pub names: Vec<VendorData>,
    /// These.
    pub ids: Vec<UserId>,
}

/// What a restoration did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restoration {
    /// How many users are there again.
    pub restored: u64,
    /// The names of those who are not, as somebody else has them by now; each once, in order.
    pub conflicts: Vec<VendorData>,
}

impl Restoration {
    /// What the store's answers come to, in the order of the names. Fails where one of them was not decided on.
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
    /// What ends the call.
    fn ending(&self, names: Arc<[VendorData]>) -> Idempotent {
        let once = self.once.clone();
        Idempotent {
            claim: once.claim,
            holder: Some(self.holder),
            answer: Arc::new(move |answers| match Restoration::of(&names, answers) {
                Ok(restoration) => once.kept(&restoration, None).map(Some),
                Err(_) => Ok(None),
            }),
        }
    }
}

/// The use cases around deleted users.
pub struct DeletedUserService {
    store: Arc<dyn UserStore>,
    deleted: Arc<dyn DeletedUserReader>,
    claims: Arc<dyn IdempotencyStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    longest_hold: Duration,
}

impl DeletedUserService {
    /// Over these ports. A restoration keeps repeats of it waiting for at most `longest_hold`, should it never end.
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

    /// One page of deleted users, newest deletion first.
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
        // One more tells whether something follows.
        let asked = size.rows().saturating_add(1);
        let mut rows = self
            .deleted
            .list(caller.application(), after, asked)
            .await?;
        let more = rows.len() > size.rows();
        rows.truncate(size.rows());
        let more = listing::end_page(&mut rows) || more;
        let place = rows.last().and_then(|user| {
            Some(DeletedPosition {
                deleted_at: user.deleted_at?,
                id: user.id,
            })
        });
        let next = place.filter(|_| more);
        Ok(DeletedPage { rows, next })
    }

    /// Brings users back. Those that are unknown, not deleted, or past their retention are not counted, so a repeat does
    /// no harm.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::KeyReused`], [`ServiceError::KeyInUse`],
    /// [`ServiceError::Contended`], [`ServiceError::Store`]. Who was restored before an error stays so.
    pub async fn restore(
        &self,
        caller: &Caller,
        command: &RestoreUsers,
        once: Option<IdempotentFor<Restoration>>,
    ) -> Result<Answered<Restoration>, ServiceError> {
        authorize(caller, Operation::RestoreUsers)?;
        let Some(once) = once else {
            return self.restore_these(caller, command, None).await;
        };
        let holder = HolderId::new(random_uuid(self.clock.now(), self.entropy.seed()));
        let claims = &*self.claims;
        let held = match HeldCall::begin(claims, caller, once, holder, self.longest_hold).await? {
            Answered::Fresh(held) => held,
            Answered::Replayed(kept) => return Ok(Answered::Replayed(kept)),
        };
        let answer = self.restore_these(caller, command, Some(&held)).await;
        held.end(claims, caller, &answer, |_| true).await;
        answer
    }

    async fn restore_these(
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
        // By id: the one that was made first comes first where several of a name are asked for.
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
                    Answered::Replayed(kept) => return Ok(Answered::Replayed(kept)),
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
