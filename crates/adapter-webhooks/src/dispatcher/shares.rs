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
        Arc::new(Self {
            permits,
            taken: Mutex::default(),
            freed: Notify::new(),
        })
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
        Share {
            shares: Arc::clone(self),
            application,
        }
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
mod tests {
    use tokio::task::yield_now;
    use uuid::Uuid;

    use super::*;

    fn application(number: u128) -> ApplicationId {
        ApplicationId::new(Uuid::from_u128(number))
    }

    /// Takes permits until the application gets no more.
    fn fill(shares: &Arc<Shares>, number: u128) -> Vec<Share> {
        std::iter::from_fn(|| shares.try_take(application(number))).collect()
    }

    #[test]
    fn each_application_leaves_as_many_free_as_it_has() {
        let shares = Shares::new(48);
        let taken: Vec<_> = (1..=7).map(|number| fill(&shares, number)).collect();
        let counts: Vec<_> = taken.iter().map(Vec::len).collect();
        assert_eq!(counts, [24, 12, 6, 3, 2, 1, 0]);
        drop(taken);
        assert_eq!(fill(&shares, 8).len(), 24, "all permits are released");
    }

    #[test]
    fn a_single_permit_is_available_to_any_application() {
        let shares = Shares::new(1);
        let share = shares.try_take(application(1)).unwrap();
        assert!(shares.try_take(application(2)).is_none());
        drop(share);
        assert!(shares.try_take(application(2)).is_some());
        assert!(shares.taken().of.is_empty());
    }

    #[test]
    fn half_the_free_permits_are_on_offer_except_to_full_applications() {
        let shares = Shares::new(10);
        assert_eq!(shares.on_offer(), (5, vec![]));
        let given: Vec<_> = (0..5).map(|_| shares.give(application(1))).collect();
        assert_eq!(shares.on_offer(), (3, vec![application(1)]));
        let others: Vec<_> = (0..7).map(|_| shares.give(application(2))).collect();
        let (offered, mut none) = shares.on_offer();
        none.sort_unstable();
        assert_eq!((offered, none), (0, vec![application(1), application(2)]));
        drop((given, others));
        assert_eq!(shares.on_offer(), (5, vec![]));
    }

    #[tokio::test]
    async fn a_released_permit_goes_to_a_waiting_application() {
        let shares = Shares::new(2);
        let share = shares.try_take(application(1)).unwrap();
        let waiting = tokio::spawn(Arc::clone(&shares).take(application(1)));
        yield_now().await;
        assert!(!waiting.is_finished());
        drop(share);
        waiting.await.unwrap();
    }
}
