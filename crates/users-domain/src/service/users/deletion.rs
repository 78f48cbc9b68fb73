//! Deletion of selected users or of all users of an application.
//!
//! A deletion can need several transactions. An idempotent one holds its claim from the start and stores its response
//! with the last users; if the time budget ends first, it releases the claim, and a retry continues.

use std::sync::Arc;

use super::{HeldCall, IdempotentFor, ServiceError, UserService, authorize, commit};
use crate::model::{Caller, Operation, UserId, UserKey, VendorData};
use crate::ports::{Answered, FactsSpec, Mutation, StoreError, WriteError, Written};
use crate::rules::{Rejection, decide_delete};

/// Which users to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeleteUsers {
    /// All users that exist when the call begins.
    All,
    /// The users with these keys.
    Some(Vec<UserKey>),
}

/// Result of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deletion {
    /// Number of deleted users.
    pub deleted: u64,
    /// Users that were not deleted because of a legal hold, without duplicates, at most [`Self::MOST_HELD_NAMED`].
    pub held: Vec<VendorData>,
    /// Whether the time budget ended or the store became unavailable before all users were deleted.
    pub remaining: bool,
}

impl Deletion {
    /// Maximum number of held users in a response.
    pub const MOST_HELD_NAMED: usize = 1000;

    /// Adds results of the store. Fails if the store could not decide on a user because of contention.
    fn plus(mut self, answers: &[Result<Written, WriteError>]) -> Result<Self, WriteError> {
        for answer in answers {
            match answer {
                Ok(_) => self.deleted += 1,
                Err(WriteError::Refused(Rejection::UnderLegalHold { vendor_data })) => {
                    // A call can contain one user twice, by name and by id.
                    let is_new = !self.held.contains(vendor_data);
                    if is_new && self.held.len() < Self::MOST_HELD_NAMED {
                        self.held.push(vendor_data.clone());
                    }
                }
                Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {}
                Err(WriteError::Contended) => return Err(WriteError::Contended),
            }
        }
        Ok(self)
    }
}

impl UserService {
    /// Deletes users. Missing users are not counted, so a retry is harmless; held ones are in [`Deletion::held`].
    ///
    /// # Errors
    /// [`ServiceError`]. Users deleted before an error stay deleted.
    pub async fn delete(
        &self,
        caller: &Caller,
        selection: DeleteUsers,
        once: Option<IdempotentFor<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        authorize(caller, Operation::DeleteUsers)?;
        let (claims, longest_hold) = (&*self.claims, self.limits.longest_hold);
        let begun = HeldCall::begin(claims, caller, once, &self.contexts, longest_hold);
        let held = match begun.await? {
            Answered::Fresh(held) => held,
            Answered::Replayed(stored) => return Ok(Answered::Replayed(stored)),
        };
        let answer = match selection {
            DeleteUsers::Some(keys) => {
                let deletion = Deletion::default();
                self.delete_keys(caller, keys, deletion, held.as_ref()).await
            }
            DeleteUsers::All => self.delete_all(caller, held.as_ref()).await,
        };
        if let Some(held) = held {
            let is_final = |deletion: &Deletion| !deletion.remaining;
            held.end(claims, caller, &answer, is_final).await;
        }
        answer
    }

    async fn delete_all(
        &self,
        caller: &Caller,
        held: Option<&HeldCall<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        let started = self.contexts.now();
        let budget = self.limits.delete_all_budget.as_millis();
        let deadline = started.plus_millis(u64::try_from(budget).unwrap_or(u64::MAX));
        let limit = self.limits.delete_chunk_users;
        let (mut deletion, mut after) = (Deletion::default(), None::<UserId>);
        loop {
            let found = self.reader.ids_made_by(caller.application(), started, after, limit);
            let ids = match found.await {
                Ok(ids) => ids,
                // Users were already deleted, so return a partial result.
                Err(StoreError::Unavailable { .. }) if deletion.deleted > 0 => {
                    deletion.remaining = true;
                    return Ok(Answered::Fresh(deletion));
                }
                Err(error) => return Err(error.into()),
            };
            after = ids.last().copied();
            if after.is_some() && self.contexts.now() >= deadline {
                deletion.remaining = true;
                return Ok(Answered::Fresh(deletion));
            }
            let is_last = ids.len() < limit;
            let held = held.filter(|_| is_last);
            let keys = ids.into_iter().map(UserKey::Id).collect();
            match self.delete_keys(caller, keys, deletion, held).await? {
                Answered::Fresh(more) if !is_last => deletion = more,
                ended => return Ok(ended),
            }
        }
    }

    /// Deletes the given users and adds the result to `before`; with `held`, as the last commit of the call.
    async fn delete_keys(
        &self,
        caller: &Caller,
        keys: Vec<UserKey>,
        before: Deletion,
        held: Option<&HeldCall<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        let context = Arc::new(self.contexts.of(caller));
        let mutation = |key| {
            let context = Arc::clone(&context);
            Mutation::of_existing(key, FactsSpec::without_comments(), move |facts| {
                decide_delete(facts, &context)
            })
        };
        let mutations = keys.into_iter().map(mutation).collect();
        let once = held.map(|held| {
            let before = before.clone();
            held.last_commit(move |answers| before.clone().plus(answers))
        });
        commit(&*self.store, caller.application(), mutations, once)
            .await?
            .try_map(|answers| Ok(before.plus(&answers)?))
    }
}
