//! Limits the concurrent tests and resends per application and in total: each holds a socket until a response.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::ApplicationId;

/// Maximum number of concurrent requested sends per process: far more than manual use needs.
const SENDS_AT_ONCE: usize = 16;

/// Maximum number of concurrent requested sends per application.
const SENDS_OF_ONE: usize = 4;

#[derive(Debug, Default)]
pub(super) struct SendLimiter(Mutex<HashMap<ApplicationId, usize>>);

impl SendLimiter {
    /// Returns a permit, or `None` if the process or the application has reached its limit.
    pub(super) fn acquire(&self, application: ApplicationId) -> Option<SendPermit<'_>> {
        let mut in_use = self.in_use();
        let used = in_use.get(&application).copied().unwrap_or_default();
        if used >= SENDS_OF_ONE || in_use.values().sum::<usize>() >= SENDS_AT_ONCE {
            return None;
        }
        in_use.insert(application, used + 1);
        Some(SendPermit { limiter: self, application })
    }

    fn in_use(&self) -> MutexGuard<'_, HashMap<ApplicationId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Permit for one send, released when dropped.
#[must_use]
pub(super) struct SendPermit<'a> {
    limiter: &'a SendLimiter,
    application: ApplicationId,
}

impl Drop for SendPermit<'_> {
    fn drop(&mut self) {
        let mut in_use = self.limiter.in_use();
        match in_use.get_mut(&self.application) {
            Some(used) if *used > 1 => *used -= 1,
            _ => {
                in_use.remove(&self.application);
            }
        }
    }
}

#[cfg(test)]
mod tests;
