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
        let answered = self
            .store
            .commit_idempotent(application, mutations, once)
            .await?;
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
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use users_domain::ports::MockUserStore;
    use users_domain::service::AccessService;

    use super::*;

    async fn notifies_after(answer: Result<Vec<Result<Written, WriteError>>, StoreError>) -> bool {
        let mut store = MockUserStore::new();
        store.expect_commit().return_once(move |_, _| answer);
        let committed = Wake::default();
        let waking = WakingUserStore::new(Arc::new(store), committed.clone());
        let application = AccessService::DEFAULT_APPLICATION;
        let _ = waking.commit(application, Vec::new()).await;
        timeout(Duration::from_secs(1), committed.notified())
            .await
            .is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn no_notification_without_a_change() {
        assert!(!notifies_after(Ok(Vec::new())).await);
        assert!(!notifies_after(Ok(vec![Err(WriteError::Contended)])).await);
        let reason = "simulated by the test".to_owned();
        assert!(!notifies_after(Err(StoreError::Unavailable { reason })).await);
    }

    #[tokio::test(start_paused = true)]
    async fn notifications_before_a_wait_count_as_one() {
        let wake = Wake::default();
        wake.notify();
        wake.notify();
        wake.notified().await;
        assert!(
            timeout(Duration::from_secs(1), wake.notified())
                .await
                .is_err()
        );
    }
}
