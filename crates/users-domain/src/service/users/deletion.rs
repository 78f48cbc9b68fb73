//! Deleting users, by name or all there are.
//!
//! A deletion takes several transactions. One that is to be carried out once holds its claim from its beginning, and its
//! answer is written with its last users. One that runs out of its time has no last users: its claim is given back, and a
//! repeat goes on.

use std::sync::Arc;

use super::{HeldCall, IdempotentFor, ServiceError, UserService, authorize, present};
use crate::model::{Caller, HolderId, Operation, UserId, UserKey, VendorData, random_uuid};
use crate::ports::{Answered, FactsSpec, Idempotent, Mutation, StoreError, WriteError, Written};
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
    /// Who was not, being under legal hold, each once; of all users at most [`Self::MOST_HELD_NAMED`].
    pub held: Vec<VendorData>,
    /// Whether the time ran out, or the store went away, before all were.
    pub remaining: bool,
}

impl Deletion {
    /// How many held users an answer names.
    pub const MOST_HELD_NAMED: usize = 1000;

    /// Takes in answers of the store. Fails where one of them was not decided on.
    fn add(&mut self, answers: &[Result<Written, WriteError>]) -> Result<(), WriteError> {
        for answer in answers {
            match answer {
                Ok(_) => self.deleted += 1,
                Err(WriteError::Refused(Rejection::UnderLegalHold { vendor_data })) => {
                    // By name and by id a call can mean one user twice.
                    let is_new = !self.held.contains(vendor_data);
                    if is_new && self.held.len() < Self::MOST_HELD_NAMED {
                        self.held.push(vendor_data.clone());
                    }
                }
                Err(WriteError::Refused(_) | WriteError::UserGone(_)) => {}
                Err(WriteError::Contended) => return Err(WriteError::Contended),
            }
        }
        Ok(())
    }
}

impl HeldCall<Deletion> {
    /// What ends the call, where this was done before its last commit.
    fn ending(&self, before: &Deletion) -> Idempotent {
        let (once, before) = (self.once.clone(), before.clone());
        Idempotent {
            claim: once.claim,
            holder: Some(self.holder),
            answer: Arc::new(move |answers| {
                let mut deletion = before.clone();
                match deletion.add(answers) {
                    Ok(()) => once.kept(&deletion, None).map(Some),
                    Err(_) => Ok(None),
                }
            }),
        }
    }
}

impl UserService {
    /// Deletes users. Those that are not there are not counted, so a repeat does no harm; those under legal hold are
    /// named.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::KeyReused`], [`ServiceError::KeyInUse`],
    /// [`ServiceError::Contended`], [`ServiceError::Store`]. What was deleted before an error stays deleted.
    pub async fn delete(
        &self,
        caller: &Caller,
        selection: DeleteUsers,
        once: Option<IdempotentFor<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        authorize(caller, Operation::DeleteUsers)?;
        let Some(once) = once else {
            return self.delete_selected(caller, selection, None).await;
        };
        let holder = HolderId::new(random_uuid(self.clock.now(), self.entropy.seed()));
        let (claims, at_most) = (&*self.claims, self.limits.longest_hold);
        let held = match HeldCall::begin(claims, caller, once, holder, at_most).await? {
            Answered::Fresh(held) => held,
            Answered::Replayed(kept) => return Ok(Answered::Replayed(kept)),
        };
        let answer = self.delete_selected(caller, selection, Some(&held)).await;
        let is_kept = |deletion: &Deletion| !deletion.remaining;
        held.end(claims, caller, &answer, is_kept).await;
        answer
    }

    async fn delete_selected(
        &self,
        caller: &Caller,
        selection: DeleteUsers,
        held: Option<&HeldCall<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        match selection {
            DeleteUsers::Some(keys) => {
                let deletion = Deletion::default();
                let ending = held.map(|held| held.ending(&deletion));
                self.delete_these(caller, keys, deletion, ending).await
            }
            DeleteUsers::All => self.delete_all(caller, held).await,
        }
    }

    async fn delete_all(
        &self,
        caller: &Caller,
        held: Option<&HeldCall<Deletion>>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        let started = self.clock.now();
        let budget_millis =
            u64::try_from(self.limits.delete_all_budget.as_millis()).unwrap_or(u64::MAX);
        let deadline = started.plus_millis(budget_millis);
        let limit = self.limits.delete_chunk_users;
        let (mut deletion, mut after) = (Deletion::default(), None::<UserId>);
        loop {
            let found = self
                .reader
                .ids_made_by(caller.application(), started, after, limit);
            let ids = match found.await {
                Ok(ids) => ids,
                // What was deleted before is known, so it is the answer.
                Err(StoreError::Unavailable { .. }) if deletion.deleted > 0 => {
                    deletion.remaining = true;
                    return Ok(Answered::Fresh(deletion));
                }
                Err(error) => return Err(error.into()),
            };
            after = ids.last().copied();
            if after.is_some() && self.clock.now() >= deadline {
                deletion.remaining = true;
                return Ok(Answered::Fresh(deletion));
            }
            let is_last = ids.len() < limit;
            let ending = held.filter(|_| is_last).map(|held| held.ending(&deletion));
            let keys = ids.into_iter().map(UserKey::Id).collect();
            let answered = self.delete_these(caller, keys, deletion, ending).await?;
            match answered {
                Answered::Fresh(more) if !is_last => deletion = more,
                ended => return Ok(ended),
            }
        }
    }

    /// Adds what became of these to what was done before.
    async fn delete_these(
        &self,
        caller: &Caller,
        keys: Vec<UserKey>,
        mut deletion: Deletion,
        ending: Option<Idempotent>,
    ) -> Result<Answered<Deletion>, ServiceError> {
        let (application, mutations) = (caller.application(), self.deletions(caller, keys));
        let answers = match ending {
            None if mutations.is_empty() => Vec::new(),
            None => self.store.commit(application, mutations).await?,
            Some(once) => {
                let store = &self.store;
                match store
                    .commit_idempotent(application, mutations, once)
                    .await?
                {
                    Answered::Fresh(answers) => answers,
                    Answered::Replayed(kept) => return Ok(Answered::Replayed(kept)),
                }
            }
        };
        deletion.add(&answers)?;
        Ok(Answered::Fresh(deletion))
    }

    fn deletions(&self, caller: &Caller, keys: Vec<UserKey>) -> Vec<Mutation> {
        let context = Arc::new(self.context(caller));
        let mutation = |key| {
            let context = Arc::clone(&context);
            present(
                key,
                FactsSpec {
                    comments: false,
                    ..FactsSpec::default()
                },
                Arc::new(move |facts| decide_delete(facts, &context)),
            )
        };
        keys.into_iter().map(mutation).collect()
    }
}
