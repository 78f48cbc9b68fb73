//! Deleting users, by name or all there are.

use std::sync::Arc;

use super::{ServiceError, UserService, authorize, present};
use crate::model::{Caller, Operation, UserId, UserKey, VendorData};
use crate::ports::{FactsSpec, WriteError, Written};
use crate::rules::{Rejection, decide_delete};

/// Which users to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeleteUsers {
    /// All there are when the call begins.
    All,
    /// These.
    Some(Vec<UserKey>),
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deletion {
    /// How many users were deleted.
    pub deleted: u64,
    /// Who was not, being under legal hold; of all users at most [`Self::MOST_HELD_NAMED`].
    pub held: Vec<VendorData>,
    /// Whether the time ran out before all were.
    pub remaining: bool,
}

impl Deletion {
    /// How many held users an answer names.
    pub const MOST_HELD_NAMED: usize = 1000;

    /// Takes in one answer of the store.
    fn add(&mut self, answer: Result<Written, WriteError>) -> Result<(), ServiceError> {
        match answer {
            Ok(_) => self.deleted += 1,
            Err(WriteError::Refused(Rejection::UnderLegalHold { vendor_data })) => {
                if self.held.len() < Self::MOST_HELD_NAMED {
                    self.held.push(vendor_data);
                }
            }
            Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {}
            Err(WriteError::Contended) => return Err(ServiceError::Contended),
        }
        Ok(())
    }
}

impl UserService {
    /// Deletes users. Those that are not there are not counted, so a repeat does no harm; those under legal hold are
    /// named.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Contended`], [`ServiceError::Store`]. What was deleted before an
    /// error stays deleted.
    pub async fn delete(
        &self,
        caller: &Caller,
        selection: DeleteUsers,
    ) -> Result<Deletion, ServiceError> {
        authorize(caller, Operation::DeleteUsers)?;
        match selection {
            DeleteUsers::Some(keys) => {
                let mut deletion = Deletion::default();
                self.delete_these(caller, keys, &mut deletion).await?;
                Ok(deletion)
            }
            DeleteUsers::All => self.delete_all(caller).await,
        }
    }

    async fn delete_all(&self, caller: &Caller) -> Result<Deletion, ServiceError> {
        let started = self.clock.now();
        let budget_millis =
            u64::try_from(self.limits.delete_all_budget.as_millis()).unwrap_or(u64::MAX);
        let deadline = started.plus_millis(budget_millis);
        let (mut deletion, mut after) = (Deletion::default(), None::<UserId>);
        loop {
            let limit = self.limits.delete_chunk_users;
            let ids = self
                .reader
                .ids_made_by(caller.application(), started, after, limit)
                .await?;
            let Some(last) = ids.last().copied() else {
                return Ok(deletion);
            };
            if self.clock.now() >= deadline {
                deletion.remaining = true;
                return Ok(deletion);
            }
            let keys = ids.into_iter().map(UserKey::Id).collect();
            self.delete_these(caller, keys, &mut deletion).await?;
            after = Some(last);
        }
    }

    async fn delete_these(
        &self,
        caller: &Caller,
        keys: Vec<UserKey>,
        deletion: &mut Deletion,
    ) -> Result<(), ServiceError> {
        if keys.is_empty() {
            return Ok(());
        }
        let stamp = Arc::new(self.stamp(caller));
        let mutation = |key| {
            let stamp = Arc::clone(&stamp);
            present(
                key,
                FactsSpec {
                    comments: false,
                    ..FactsSpec::default()
                },
                Arc::new(move |facts| decide_delete(facts, &stamp)),
            )
        };
        let mutations = keys.into_iter().map(mutation).collect();
        for answer in self.store.commit(caller.application(), mutations).await? {
            deletion.add(answer)?;
        }
        Ok(())
    }
}
