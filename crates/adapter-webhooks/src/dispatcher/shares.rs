//! A fixed number of permits shared by applications. An application may take a permit while it holds fewer than are
//! free: one application alone gets half of them, two get a third each, and one is always left for an application that
//! holds none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use users_domain::model::ApplicationId;

/// The permits, and how many each application holds.
pub(super) struct Shares {
    permits: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<ApplicationId, usize>,
}

impl Shares {
    pub(super) fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self { permits, taken: Mutex::default(), freed: Notify::new() })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn free(&self, taken: &Taken) -> usize {
        self.permits.saturating_sub(taken.all)
    }

    /// Returns a permit, or `None` if the application holds at least as many as are free.
    pub(super) fn try_take(self: &Arc<Self>, application: ApplicationId) -> Option<Share> {
        let mut taken = self.taken();
        let free = self.free(&taken);
        let has = taken.of.entry(application).or_default();
        if *has >= free {
            if *has == 0 {
                taken.of.remove(&application);
            }
            return None;
        }
        *has += 1;
        taken.all += 1;
        drop(taken);
        Some(self.share(application))
    }

    /// Returns a permit regardless of how many the application holds.
    pub(super) fn give(self: &Arc<Self>, application: ApplicationId) -> Share {
        let mut taken = self.taken();
        *taken.of.entry(application).or_default() += 1;
        taken.all += 1;
        drop(taken);
        self.share(application)
    }

    fn share(self: &Arc<Self>, application: ApplicationId) -> Share {
        Share { shares: Arc::clone(self), application }
    }

    /// Waits until the application may take a permit.
    pub(super) async fn take(self: Arc<Self>, application: ApplicationId) -> Share {
        loop {
            let freed = self.freed.notified();
            if let Some(share) = self.try_take(application) {
                return share;
            }
            freed.await;
        }
    }

    /// Completes when a permit is released after this call.
    pub(super) fn freed(&self) -> Notified<'_> {
        self.freed.notified()
    }

    /// How many permits may be given out now without knowing the applications, so that some stay free, and the
    /// applications that get none.
    pub(super) fn on_offer(&self) -> (usize, Vec<ApplicationId>) {
        let taken = self.taken();
        let free = self.free(&taken);
        let full = taken.of.iter().filter(|(_, has)| **has >= free);
        (free.div_ceil(2), full.map(|(id, _)| *id).collect())
    }
}

/// A permit, released on drop.
pub(super) struct Share {
    shares: Arc<Shares>,
    application: ApplicationId,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        taken.all -= 1;
        if let Some(has) = taken.of.get_mut(&self.application) {
            *has -= 1;
            if *has == 0 {
                taken.of.remove(&self.application);
            }
        }
        drop(taken);
        self.shares.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
