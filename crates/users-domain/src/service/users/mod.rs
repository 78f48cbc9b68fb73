//! What can be done with users.

mod deletion;
mod error;
mod idempotency;
mod legal_hold;

pub use deletion::{DeleteUsers, Deletion};
pub use error::{ServiceError, authorize};
pub(super) use idempotency::HeldCall;
pub use idempotency::IdempotentFor;

use std::sync::Arc;
use std::time::Duration;

use crate::model::ListUsers;
use crate::model::{
    Caller, CommandContext, Operation, Timestamp, UserDetail, UserKey, UserPage, VendorData,
};
use crate::ports::{
    Answered, Clock, Decide, Entropy, FactsSpec, IdempotencyStore, Mutation, Presence, StoreError,
    UserReader, UserStore, WriteError, Written,
};
use crate::rules::{
    ChangeStatus, CreateUser, IfMatch, Patch, Rejection, UpdateUser, decide_create,
    decide_status_change, decide_update,
};

/// What bounds the use cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserServiceLimits {
    /// How many users one transaction of a deletion of all touches.
    pub delete_chunk_users: usize,
    /// How long one call may go on deleting all.
    pub delete_all_budget: Duration,
    /// How long a deletion may keep repeats of it waiting, should it never end.
    pub longest_hold: Duration,
}

/// The use cases around users.
pub struct UserService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    claims: Arc<dyn IdempotencyStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    limits: UserServiceLimits,
}

impl UserService {
    /// Over these ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        reader: Arc<dyn UserReader>,
        claims: Arc<dyn IdempotencyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: UserServiceLimits,
    ) -> Self {
        Self {
            store,
            reader,
            claims,
            clock,
            entropy,
            limits,
        }
    }

    /// The current time, as all of this service's decisions see it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One page of users.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
        question: &ListUsers,
    ) -> Result<UserPage, ServiceError> {
        authorize(caller, Operation::ListUsers)?;
        Ok(self.reader.list(caller.application(), question).await?)
    }

    /// One user.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`ServiceError::Store`].
    pub async fn find(
        &self,
        caller: &Caller,
        vendor_data: &VendorData,
    ) -> Result<UserDetail, ServiceError> {
        authorize(caller, Operation::GetUser)?;
        let key = UserKey::VendorData(vendor_data.clone());
        let user = self.reader.find(caller.application(), &key).await?;
        user.ok_or_else(|| Rejection::UserNotFound.into())
    }

    /// Whether a change of this user could be tried: it exists and is as the caller says. For callers whose command is
    /// already known to be invalid, because these two come first in the order of errors.
    ///
    /// # Errors
    /// [`Rejection::UserNotFound`], [`Rejection::VersionMismatch`], [`ServiceError::Store`].
    pub async fn check_precondition(
        &self,
        caller: &Caller,
        key: &UserKey,
        if_match: Option<&IfMatch>,
    ) -> Result<(), ServiceError> {
        let user = self
            .reader
            .find(caller.application(), key)
            .await?
            .ok_or(Rejection::UserNotFound)?;
        match if_match {
            Some(condition) if !condition.holds(&user.record) => {
                Err(Rejection::VersionMismatch.into())
            }
            _ => Ok(()),
        }
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::VendorDataTaken`], [`ServiceError::KeyReused`],
    /// [`ServiceError::KeyInUse`], [`ServiceError::Contended`], [`ServiceError::Store`].
    pub async fn create(
        &self,
        caller: &Caller,
        command: CreateUser,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        authorize(caller, Operation::CreateUser)?;
        let context = self.context(caller);
        let application = caller.application();
        let mutation = Mutation {
            key: UserKey::VendorData(command.vendor_data.clone()),
            expected: Presence::Absent,
            facts: FactsSpec {
                tags: command.tags.clone(),
                block_left: caller.grant.settings.block_survives_deletion,
                ..FactsSpec::default()
            },
            decide: Arc::new(move |facts| decide_create(facts, &command, application, &context)),
        };
        self.commit_idempotent(caller, mutation, once).await
    }

    /// Edits a user; with a status among the edits the caller must be allowed to change that too.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], any [`Rejection`] but a taken name, [`ServiceError::KeyReused`],
    /// [`ServiceError::KeyInUse`], [`ServiceError::Contended`], [`ServiceError::Store`].
    pub async fn update(
        &self,
        caller: &Caller,
        vendor_data: VendorData,
        command: UpdateUser,
        if_match: Option<IfMatch>,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        authorize(caller, Operation::UpdateUser)?;
        if command.status.is_some() {
            authorize(caller, Operation::UpdateStatus)?;
        }
        let context = self.context(caller);
        let policy = caller.grant.settings.verified_fields;
        let tags = match &command.tags {
            Patch::Set(names) => names.clone(),
            Patch::Absent | Patch::Clear => Vec::new(),
        };
        let decide: Decide = Arc::new(move |facts| {
            decide_update(facts, &command, if_match.as_ref(), policy, &context)
        });
        self.commit_idempotent(
            caller,
            present(
                UserKey::VendorData(vendor_data),
                FactsSpec {
                    tags,
                    ..FactsSpec::default()
                },
                decide,
            ),
            once,
        )
        .await
    }

    /// Changes a user's status.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`Rejection::VersionMismatch`],
    /// [`Rejection::TransitionRefused`], [`ServiceError::KeyReused`], [`ServiceError::KeyInUse`],
    /// [`ServiceError::Contended`], [`ServiceError::Store`].
    pub async fn change_status(
        &self,
        caller: &Caller,
        vendor_data: VendorData,
        command: ChangeStatus,
        if_match: Option<IfMatch>,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        authorize(caller, Operation::UpdateStatus)?;
        let context = self.context(caller);
        let decide: Decide = Arc::new(move |facts| {
            decide_status_change(facts, &command, if_match.as_ref(), &context)
        });
        self.commit_idempotent(
            caller,
            present(
                UserKey::VendorData(vendor_data),
                FactsSpec::default(),
                decide,
            ),
            once,
        )
        .await
    }

    /// Writes one change; once, where that is asked for.
    async fn commit_idempotent(
        &self,
        caller: &Caller,
        mutation: Mutation,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        let Some(once) = once else {
            let written = self.commit_one(caller, mutation).await?;
            return Ok(Answered::Fresh(written));
        };
        let (application, once) = (caller.application(), once.of_a_change());
        let answered = self
            .store
            .commit_idempotent(application, vec![mutation], once)
            .await?;
        match answered {
            Answered::Fresh(answers) => only(answers).map(Answered::Fresh),
            Answered::Replayed(kept) => Ok(Answered::Replayed(kept)),
        }
    }

    /// Writes one change.
    async fn commit_one(
        &self,
        caller: &Caller,
        mutation: Mutation,
    ) -> Result<Written, ServiceError> {
        let application = caller.application();
        only(self.store.commit(application, vec![mutation]).await?)
    }

    fn context(&self, caller: &Caller) -> CommandContext {
        caller.context(self.clock.now(), self.entropy.seed())
    }
}

/// The answer of the only mutation.
fn only(mut answers: Vec<Result<Written, WriteError>>) -> Result<Written, ServiceError> {
    match (answers.pop(), answers.is_empty()) {
        (Some(answer), true) => Ok(answer?),
        _ => Err(StoreError::Defect {
            reason: "not one answer for one mutation".to_owned(),
        }
        .into()),
    }
}

fn present(key: UserKey, facts: FactsSpec, decide: Decide) -> Mutation {
    Mutation {
        key,
        expected: Presence::Present,
        facts,
        decide,
    }
}

#[cfg(test)]
mod tests;
