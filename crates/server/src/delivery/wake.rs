//! Being woken within one process, instead of waiting for the next look.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use users_domain::model::ApplicationId;
use users_domain::ports::{
    Answered, IdempotencyError, Idempotent, Mutation, StoreError, UserStore, WriteError, Written,
};

/// A bell: rung often, heard once. Clones are the same bell.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes whoever waits, or who waits next.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits until it was rung since it was last heard.
    pub async fn notified(&self) {
        self.0.notified().await;
    }
}

/// A store of users that rings when a change was committed.
pub struct WakingUserStore {
    store: Arc<dyn UserStore>,
    committed: Wake,
}

impl WakingUserStore {
    /// Over a store.
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

    async fn rings_after(answer: Result<Vec<Result<Written, WriteError>>, StoreError>) -> bool {
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
    async fn nobody_is_woken_for_what_changed_nothing() {
        assert!(!rings_after(Ok(Vec::new())).await);
        assert!(!rings_after(Ok(vec![Err(WriteError::Contended)])).await);
        let reason = "the test says so".to_owned();
        assert!(!rings_after(Err(StoreError::Unavailable { reason })).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bell_that_is_rung_before_anybody_listens_is_heard_once() {
        let bell = Wake::default();
        bell.notify();
        bell.notify();
        bell.notified().await;
        assert!(
            timeout(Duration::from_secs(1), bell.notified())
                .await
                .is_err()
        );
    }
}
