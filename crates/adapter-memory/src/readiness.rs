//! Readiness: the memory store is always ready.

use async_trait::async_trait;
use users_domain::ports::{Readiness, StoreError};

use crate::MemoryStore;

#[async_trait]
impl Readiness for MemoryStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
