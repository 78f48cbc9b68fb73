//! The leases of this process, renewed together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use users_domain::model::webhooks::{LaneEpoch, LaneId};

use super::Shared;

pub(super) type LeaseKey = (LaneId, LaneEpoch);

/// All leases of this process, in local monotonic time.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<LeaseKey, State>>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// No other worker can lease the lane before this time.
    until: Instant,
    /// Whether the store has reported the lease as lost; then nothing more is begun.
    lost: bool,
    /// Whether this process works on the lane.
    in_work: bool,
}

/// Until when a lease requested at `asked_at` is certain to hold: slightly shorter than the store counts.
fn until(asked_at: Instant, lease: Duration) -> Instant {
    asked_at + lease - lease / 30
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<LeaseKey, State>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the lease holds; `None` if it is lost.
    pub(super) fn until(&self, key: LeaseKey) -> Option<Instant> {
        let state = self.held().get(&key).copied();
        state.filter(|state| !state.lost).map(|state| state.until)
    }

    /// Waits until another worker may lease the lane, including all renewals in the meantime.
    pub(super) async fn ended(&self, key: LeaseKey) {
        loop {
            let until = self.held().get(&key).map(|state| state.until);
            match until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => return,
            }
        }
    }

    /// All lanes in work, plus abandoned lanes whose lease has not expired.
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

/// A lease, held while this process works on its lane.
pub(super) struct Lease {
    leases: Arc<Leases>,
    key: LeaseKey,
}

impl Lease {
    /// Registers a lease requested at `asked_at`. Replaces an older lease of the same lane.
    pub(super) fn new(
        leases: &Arc<Leases>,
        key: LeaseKey,
        asked_at: Instant,
        lease: Duration,
    ) -> Self {
        let state = State { until: until(asked_at, lease), lost: false, in_work: true };
        let mut held = leases.held();
        held.retain(|(lane, _), _| *lane != key.0);
        held.insert(key, state);
        drop(held);
        Self { leases: Arc::clone(leases), key }
    }

    pub(super) const fn key(&self) -> LeaseKey {
        self.key
    }

    pub(super) fn until(&self) -> Option<Instant> {
        self.leases.until(self.key)
    }

    /// Marks the lease as lost: nothing more is begun under it.
    pub(super) fn lose(&self) {
        if let Some(state) = self.leases.held().get_mut(&self.key) {
            state.lost = true;
        }
    }

    /// Removes the lease after the store has recorded that this worker released the lane.
    pub(super) fn settled(self) {
        self.leases.held().remove(&self.key);
    }
}

/// Unless the store has recorded the release, the lane stays leased until the lease expires, also for this process.
impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(state) = self.leases.held().get_mut(&self.key) {
            state.lost = true;
            state.in_work = false;
        }
    }
}

/// Renews all leases of this process in one call, unless another lane renewed them while this call waited for the lock.
/// Returns `false` if the store did not respond.
pub(super) async fn renew_all(shared: Arc<Shared>, requested_for: LeaseKey) -> bool {
    let leases = &shared.leases;
    let _turn = leases.renewing.lock().await;
    let began = Instant::now();
    let half = shared.limits.lease / 2;
    match leases.until(requested_for) {
        Some(until) if until.saturating_duration_since(began) <= half => {}
        _ => return true,
    }
    let asked = leases.still_held();
    let lanes = &shared.ports.lanes;
    match lanes.renew(shared.worker, &asked, shared.limits.lease).await {
        Ok(renewed) => {
            shared.outage.answered();
            let mut held = leases.held();
            for key in asked {
                // A lane released in the meantime is absent.
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
