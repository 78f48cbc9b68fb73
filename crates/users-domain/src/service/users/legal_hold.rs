//! Legal holds of users, including deleted users.

use super::{ServiceError, UserService, authorize, only};
use crate::model::{Caller, Operation, UserDetail, UserKey};
use crate::ports::{FactsSpec, Mutation, Written};
use crate::rules::{IfMatch, LegalHoldCommand, Rejection, decide_legal_hold};

impl UserService {
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
        let user = self.reader.find(caller.application(), key).await?;
        user.ok_or_else(|| Rejection::UserNotFound.into())
    }

    /// Places a user under legal hold or releases the hold.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`Rejection::VersionMismatch`],
    /// [`ServiceError::Contended`], [`ServiceError::Store`].
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
}
