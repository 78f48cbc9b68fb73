//! Memory limits for concurrent requests: a total, and a share for each application and each key.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use users_domain::model::ApiKey;

use crate::http::error::ApiError;
use crate::http::shares::Shares;

/// How long a request waits for memory.
const WAIT: Duration = Duration::from_secs(2);

/// A limit in bytes on concurrent requests. One application may hold half of it, one key a quarter.
pub(crate) struct Memory {
    all: Arc<Semaphore>,
    bytes: usize,
    shares: Shares,
    what: &'static str,
}

impl Memory {
    /// A limit of `bytes`; `what` names the users of the memory in error messages.
    pub(crate) fn new(bytes: usize, what: &'static str) -> Self {
        Self { all: Arc::new(Semaphore::new(bytes)), bytes, shares: Shares::default(), what }
    }

    /// Waits until `bytes`, or the key's maximum if that is less, are available.
    pub(crate) async fn reserve(&self, key: &ApiKey, bytes: usize) -> Result<Reserved, ApiError> {
        let (most_of_key, most_of_application) = (self.bytes / 4, self.bytes / 2);
        let mut reserved = Reserved {
            // Every request acquires in this order, which prevents deadlocks.
            places: [
                self.shares.of(key.id.uuid(), most_of_key),
                self.shares.of(key.application.uuid(), most_of_application),
                Arc::clone(&self.all),
            ],
            permits: Vec::new(),
            most: most_of_key,
            what: self.what,
        };
        reserved.grow_to(bytes).await?;
        Ok(reserved)
    }
}

/// Reserved bytes of one request, released on drop.
#[derive(Debug)]
pub(crate) struct Reserved {
    places: [Arc<Semaphore>; 3],
    /// One permit for each semaphore in `places`.
    permits: Vec<OwnedSemaphorePermit>,
    most: usize,
    what: &'static str,
}

impl Reserved {
    /// Waits until the reservation holds `bytes`, or the key's maximum if that is less.
    pub(crate) async fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let held = (self.permits.first()).map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.min(self.most).saturating_sub(held);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let reserving = async {
            let mut permits = Vec::with_capacity(self.places.len());
            for place in &self.places {
                permits.push(Arc::clone(place).acquire_many_owned(more).await?);
            }
            Ok::<_, AcquireError>(permits)
        };
        let unavailable = |reason: String| ApiError::Unavailable { reason };
        let reserved = timeout(WAIT, reserving).await.map_err(|_| {
            let what = self.what;
            unavailable(format!("{what} use all available memory"))
        })?;
        let permits = reserved.map_err(|error| unavailable(error.to_string()))?;
        if self.permits.is_empty() {
            self.permits = permits;
        } else {
            for (held, more) in self.permits.iter_mut().zip(permits) {
                held.merge(more);
            }
        }
        Ok(())
    }

    /// Releases the bytes above `bytes`.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        for permit in &mut self.permits {
            let spare = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(spare));
        }
    }
}

#[cfg(test)]
mod tests;
