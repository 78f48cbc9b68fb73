//! The leases that this process has, renewed together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use users_domain::model::webhooks::{LaneEpoch, LaneId};

use super::Shared;

/// One lease of one lane.
pub(super) type LeaseKey = (LaneId, LaneEpoch);

/// All leases of this process, by the local monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<LeaseKey, State>>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// Until when no other worker has the lane.
    until: Instant,
    /// Whether the store said since that it is over: nothing more is begun then.
    lost: bool,
    /// Whether its lane is in work here.
    in_work: bool,
}

/// When a lease that was asked for at a time surely holds: a little less long than the store counts.
fn until(asked_at: Instant, lease: Duration) -> Instant {
    asked_at + lease - lease / 30
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<LeaseKey, State>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the lease holds; `None`: it is lost.
    pub(super) fn until(&self, key: LeaseKey) -> Option<Instant> {
        let state = self.held().get(&key).copied();
        state.filter(|state| !state.lost).map(|state| state.until)
    }

    /// Waits until another worker may have the lane, however often the lease is renewed meanwhile.
    pub(super) async fn ended(&self, key: LeaseKey) {
        loop {
            let until = self.held().get(&key).map(|state| state.until);
            match until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// Every lane that is in work here, and those given up whose lease is not over yet.
    pub(super) fn lanes(&self) -> Vec<LaneId> {
        let now = Instant::now();
        let mut held = self.held();
        held.retain(|_, state| state.in_work || state.until > now);
        held.keys().map(|(lane, _)| *lane).collect()
    }

    fn still_held(&self) -> Vec<LeaseKey> {
        let held = self.held();
        let held = held.iter().filter(|(_, state)| !state.lost);
        held.map(|(key, _)| *key).collect()
    }
}

/// A lease for as long as its lane is in work here.
pub(super) struct Lease {
    leases: Arc<Leases>,
    key: LeaseKey,
}

impl Lease {
    /// A lease that was asked for at a time. An older one of the same lane is over.
    pub(super) fn new(
        leases: &Arc<Leases>,
        key: LeaseKey,
        asked_at: Instant,
        lease: Duration,
    ) -> Self {
        let state = State {
            until: until(asked_at, lease),
            lost: false,
            in_work: true,
        };
        let mut held = leases.held();
        held.retain(|(lane, _), _| *lane != key.0);
        held.insert(key, state);
        drop(held);
        Self {
            leases: Arc::clone(leases),
            key,
        }
    }

    pub(super) const fn key(&self) -> LeaseKey {
        self.key
    }

    /// Until when it holds; `None`: it is lost.
    pub(super) fn until(&self) -> Option<Instant> {
        self.leases.until(self.key)
    }

    /// Nothing is begun under it any more.
    pub(super) fn lose(&self) {
        if let Some(state) = self.leases.held().get_mut(&self.key) {
            state.lost = true;
        }
    }

    /// The store knows that this worker is done with the lane.
    pub(super) fn settled(self) {
        self.leases.held().remove(&self.key);
    }
}

/// Where the store does not know that the worker is done, the lane waits for the end of the lease, also for this process.
impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(state) = self.leases.held().get_mut(&self.key) {
            state.lost = true;
            state.in_work = false;
        }
    }
}

/// Renews every lease of this process in one call, unless somebody did so while this waited for its turn. `false`: the
/// store did not answer.
pub(super) async fn renew_all(shared: Arc<Shared>, for_the_sake_of: LeaseKey) -> bool {
    let leases = &shared.leases;
    let _turn = leases.renewing.lock().await;
    let began = Instant::now();
    let half = shared.limits.lease / 2;
    match leases.until(for_the_sake_of) {
        Some(until) if until.saturating_duration_since(began) <= half => {}
        _ => return true,
    }
    let asked = leases.still_held();
    let lanes = &shared.ports.lanes;
    match lanes
        .renew(shared.worker, &asked, shared.limits.lease)
        .await
    {
        Ok(renewed) => {
            shared.outage.answered();
            let mut held = leases.held();
            for key in asked {
                // A lane that was given back meanwhile is no longer there.
                if let Some(state) = held.get_mut(&key) {
                    if renewed.contains(&key.0) {
                        state.until = until(began, shared.limits.lease);
                    } else {
                        state.lost = true;
                    }
                }
            }
            true
        }
        Err(error) => {
            shared.outage.failed(&error);
            false
        }
    }
}
