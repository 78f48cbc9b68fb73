//! Wake-up signals within one process, which save the wait for the next poll.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use users_domain::model::ApplicationId;
use users_domain::ports::{
    Answered, IdempotencyError, Idempotent, Mutation, StoreError, UserStore, WriteError, Written,
};

/// A wake-up signal. Several notifications before a wait count as one. Clones share the signal.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes the waiting task, or the next task that waits.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits for a notification since the last completed wait.
    pub async fn notified(&self) {
        self.0.notified().await;
    }
}

/// A user store that notifies after each committed change.
pub struct WakingUserStore {
    store: Arc<dyn UserStore>,
    committed: Wake,
}

impl WakingUserStore {
    /// Wraps a store.
    #[must_use]
    pub const fn new(store: Arc<dyn UserStore>, committed: Wake) -> Self {
        Self { store, committed }
    }
}

#[async_trait]
impl UserStore for WakingUserStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let answers = self.store.commit(application, mutations).await?;
        self.notify_of(&answers);
        Ok(answers)
    }

    async fn commit_idempotent(
        &self,
        application: ApplicationId,
        mutations: Vec<Mutation>,
        once: Idempotent,
    ) -> Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError> {
        let answered = self.store.commit_idempotent(application, mutations, once).await?;
        if let Answered::Fresh(answers) = &answered {
            self.notify_of(answers);
        }
        Ok(answered)
    }
}

impl WakingUserStore {
    fn notify_of(&self, answers: &[Result<Written, WriteError>]) {
        let is_change =
            |answer: &Result<Written, _>| answer.as_ref().is_ok_and(|written| written.changed);
        if answers.iter().any(is_change) {
            self.committed.notify();
        }
    }
}

#[cfg(test)]
mod tests;
