//! One semaphore for each key or application, created on demand. Limits the number of stored semaphores.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use uuid::Uuid;

/// Above this number, semaphores without permits in use are dropped.
const MAX_KNOWN: usize = 1024;

/// A semaphore for each holder.
#[derive(Default)]
pub(crate) struct Shares(Mutex<HashMap<Uuid, Arc<Semaphore>>>);

impl Shares {
    /// The semaphore of a holder, created with `permits` on first use.
    pub(crate) fn of(&self, holder: Uuid, permits: usize) -> Arc<Semaphore> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let create = || Arc::new(Semaphore::new(permits));
        Arc::clone(known.entry(holder).or_insert_with(create))
    }
}

#[cfg(test)]
mod tests;
