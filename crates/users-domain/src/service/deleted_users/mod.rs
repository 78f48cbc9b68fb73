//! What can be done with users that were deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::users::{ServiceError, authorize};
use crate::model::{
    Caller, DeletedPage, DeletedPosition, Operation, PageSize, UserId, UserKey, VendorData,
};
use crate::ports::{
    Clock, DeletedUserReader, Entropy, FactsSpec, Mutation, Presence, UserStore, WriteError,
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

/// The use cases around deleted users.
pub struct DeletedUserService {
    store: Arc<dyn UserStore>,
    deleted: Arc<dyn DeletedUserReader>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl DeletedUserService {
    /// Over these ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        deleted: Arc<dyn DeletedUserReader>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            store,
            deleted,
            clock,
            entropy,
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
    /// [`ServiceError::Forbidden`], [`ServiceError::Contended`], [`ServiceError::Store`]. Who was restored before an error
    /// stays so.
    pub async fn restore(
        &self,
        caller: &Caller,
        wish: &RestoreUsers,
    ) -> Result<Restoration, ServiceError> {
        authorize(caller, Operation::RestoreUsers)?;
        let application = caller.application();
        let candidates = self
            .deleted
            .candidates(application, &wish.names, &wish.ids)
            .await?;
        // By id: the one that was made first comes first where several of a name are asked for.
        let candidates: BTreeMap<UserId, VendorData> = candidates.into_iter().collect();
        let mut restoration = Restoration::default();
        if candidates.is_empty() {
            return Ok(restoration);
        }
        let mutations = candidates.keys().map(|id| self.mutation(caller, *id));
        let answers = self.store.commit(application, mutations.collect()).await?;
        for (name, answer) in candidates.into_values().zip(answers) {
            match answer {
                Ok(written) => restoration.restored += u64::from(written.changed),
                Err(WriteError::Refused(Rejection::VendorDataTaken)) => {
                    restoration.conflicts.push(name);
                }
                Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {}
                Err(WriteError::Contended) => return Err(ServiceError::Contended),
            }
        }
        restoration.conflicts.sort_unstable();
        restoration.conflicts.dedup();
        Ok(restoration)
    }

    fn mutation(&self, caller: &Caller, id: UserId) -> Mutation {
        let stamp = caller.stamp(self.clock.now(), self.entropy.seed());
        let retention = caller.grant.settings.retention;
        Mutation {
            key: UserKey::EvenDeleted(id),
            expected: Presence::Present,
            facts: FactsSpec {
                comments: false,
                name_taken: true,
                history: true,
                ..FactsSpec::default()
            },
            decide: Arc::new(move |facts| decide_restore(facts, retention, &stamp)),
        }
    }
}

#[cfg(test)]
mod tests;
