//! Being woken within one process, instead of waiting for the next look.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use users_domain::model::ApplicationId;
use users_domain::ports::{Mutation, StoreError, UserStore, WriteError, Written};

/// A bell: rung often, heard once. Clones are the same bell.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes whoever waits, or who waits next.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until it was rung since it was last heard.
    pub async fn heard(&self) {
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
        let answer = self.store.commit(application, mutations).await?;
        if answer
            .iter()
            .any(|written| matches!(written, Ok(written) if written.changed))
        {
            self.committed.ring();
        }
        Ok(answer)
    }
}
