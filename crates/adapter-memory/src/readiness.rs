//! Whether the store can be used: always.

use async_trait::async_trait;
use users_domain::ports::{Readiness, StoreError};

use crate::MemoryStore;

#[async_trait]
impl Readiness for MemoryStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
