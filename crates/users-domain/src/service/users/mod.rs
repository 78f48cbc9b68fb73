//! User use cases.

mod deletion;
mod error;
mod idempotency;

pub use deletion::{DeleteUsers, Deletion};
pub use error::{ServiceError, authorize};
pub use idempotency::IdempotentFor;
pub(super) use idempotency::{HeldCall, commit};

use std::sync::Arc;
use std::time::Duration;

use super::Contexts;
use crate::model::{
    Caller, ListUsers, Operation, Timestamp, UserDetail, UserKey, UserPage, VendorData,
};
use crate::ports::{
    Answered, Clock, Entropy, FactsSpec, IdempotencyStore, Mutation, Presence, StoreError,
    UserReader, UserStore, WriteError, Written,
};
use crate::rules::{
    ChangeStatus, CreateUser, IfMatch, LegalHoldCommand, Patch, Rejection, UpdateUser,
    decide_create, decide_legal_hold, decide_status_change, decide_update,
};

/// Limits of the user use cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserServiceLimits {
    /// Number of users per transaction when all users are deleted.
    pub delete_chunk_users: usize,
    /// Time budget of one call that deletes all users.
    pub delete_all_budget: Duration,
    /// Maximum lifetime of the idempotency claim of a deletion that never completes.
    pub longest_hold: Duration,
}

/// User use cases.
pub struct UserService {
    store: Arc<dyn UserStore>,
    reader: Arc<dyn UserReader>,
    claims: Arc<dyn IdempotencyStore>,
    contexts: Contexts,
    limits: UserServiceLimits,
}

impl UserService {
    /// Creates the service with its ports.
    pub fn new(
        store: Arc<dyn UserStore>,
        reader: Arc<dyn UserReader>,
        claims: Arc<dyn IdempotencyStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: UserServiceLimits,
    ) -> Self {
        Self { store, reader, claims, contexts: Contexts { clock, entropy }, limits }
    }

    /// Current time of this service's clock.
    pub fn now(&self) -> Timestamp {
        self.contexts.now()
    }

    /// Returns one page of users.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn list(&self, caller: &Caller, query: &ListUsers) -> Result<UserPage, ServiceError> {
        authorize(caller, Operation::ListUsers)?;
        Ok(self.reader.list(caller.application(), query).await?)
    }

    /// Returns one user.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`ServiceError::Store`].
    pub async fn find(
        &self,
        caller: &Caller,
        vendor_data: &VendorData,
    ) -> Result<UserDetail, ServiceError> {
        authorize(caller, Operation::GetUser)?;
        self.read(caller, &UserKey::VendorData(vendor_data.clone())).await
    }

    /// Checks that the user exists and matches `if_match`; these errors precede those of an invalid command.
    ///
    /// # Errors
    /// [`Rejection::UserNotFound`], [`Rejection::VersionMismatch`], [`ServiceError::Store`].
    pub async fn check_precondition(
        &self,
        caller: &Caller,
        key: &UserKey,
        if_match: Option<&IfMatch>,
    ) -> Result<(), ServiceError> {
        let user = self.read(caller, key).await?;
        match if_match {
            Some(condition) if !condition.holds(&user.record) => {
                Err(Rejection::VersionMismatch.into())
            }
            _ => Ok(()),
        }
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`ServiceError`], with [`Rejection::VendorDataTaken`].
    pub async fn create(
        &self,
        caller: &Caller,
        command: CreateUser,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        authorize(caller, Operation::CreateUser)?;
        let context = self.contexts.of(caller);
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
        self.commit(caller, mutation, once).await
    }

    /// Updates a user. A status in the command also requires [`Operation::UpdateStatus`].
    ///
    /// # Errors
    /// [`ServiceError`], with any [`Rejection`] except [`Rejection::VendorDataTaken`].
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
        let context = self.contexts.of(caller);
        let policy = caller.grant.settings.verified_fields;
        let tags = match &command.tags {
            Patch::Set(names) => names.clone(),
            Patch::Absent | Patch::Clear => Vec::new(),
        };
        let facts = FactsSpec { tags, ..FactsSpec::default() };
        let key = UserKey::VendorData(vendor_data);
        let mutation = Mutation::of_existing(key, facts, move |facts| {
            decide_update(facts, &command, if_match.as_ref(), policy, &context)
        });
        self.commit(caller, mutation, once).await
    }

    /// Changes a user's status.
    ///
    /// # Errors
    /// [`ServiceError`], with the rejections of [`Self::check_precondition`] or [`Rejection::TransitionRefused`].
    pub async fn change_status(
        &self,
        caller: &Caller,
        vendor_data: VendorData,
        command: ChangeStatus,
        if_match: Option<IfMatch>,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        authorize(caller, Operation::UpdateStatus)?;
        let context = self.contexts.of(caller);
        let key = UserKey::VendorData(vendor_data);
        let mutation = Mutation::of_existing(key, FactsSpec::default(), move |facts| {
            decide_status_change(facts, &command, if_match.as_ref(), &context)
        });
        self.commit(caller, mutation, once).await
    }

    /// Returns the user with its legal hold.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`ServiceError::Store`].
    pub async fn legal_hold(
        &self,
        caller: &Caller,
        key: &UserKey,
    ) -> Result<UserDetail, ServiceError> {
        authorize(caller, Operation::ManageLegalHolds)?;
        self.read(caller, key).await
    }

    /// Places a user under legal hold or releases the hold.
    ///
    /// # Errors
    /// [`ServiceError`], with [`Rejection::UserNotFound`] or [`Rejection::VersionMismatch`].
    pub async fn change_legal_hold(
        &self,
        caller: &Caller,
        key: UserKey,
        command: LegalHoldCommand,
        if_match: Option<IfMatch>,
    ) -> Result<Written, ServiceError> {
        authorize(caller, Operation::ManageLegalHolds)?;
        let context = self.contexts.of(caller);
        let mutation = Mutation::of_existing(key, FactsSpec::without_comments(), move |facts| {
            decide_legal_hold(facts, &command, if_match.as_ref(), &context)
        });
        only(self.store.commit(caller.application(), vec![mutation]).await?)
    }

    async fn read(&self, caller: &Caller, key: &UserKey) -> Result<UserDetail, ServiceError> {
        let user = self.reader.find(caller.application(), key).await?;
        user.ok_or_else(|| Rejection::UserNotFound.into())
    }

    /// Commits one mutation, idempotently if `once` is given.
    async fn commit(
        &self,
        caller: &Caller,
        mutation: Mutation,
        once: Option<IdempotentFor<Written>>,
    ) -> Result<Answered<Written>, ServiceError> {
        let once = once.map(IdempotentFor::of_a_change);
        commit(&*self.store, caller.application(), vec![mutation], once).await?.try_map(only)
    }
}

fn only(mut answers: Vec<Result<Written, WriteError>>) -> Result<Written, ServiceError> {
    match (answers.pop(), answers.is_empty()) {
        (Some(answer), true) => Ok(answer?),
        _ => Err(StoreError::Defect {
            reason: "the store did not return exactly one result for one mutation".to_owned(),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests;
