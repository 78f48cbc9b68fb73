//! The leases that this process has, renewed together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use users_domain::model::webhooks::{LaneEpoch, LaneId};

use super::Shared;

/// One lease of one lane.
pub(super) type LeaseKey = (LaneId, LaneEpoch);

/// All leases of this process, and until when each surely holds by the local monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<LeaseKey, State>>,
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Until(Instant),
    Lost,
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<LeaseKey, State>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the lease holds; `None`: it is lost.
    pub(super) fn until(&self, key: LeaseKey) -> Option<Instant> {
        match self.held().get(&key) {
            Some(State::Until(until)) => Some(*until),
            Some(State::Lost) | None => None,
        }
    }

    /// Every lane of a lease that this process was told of and has not given back.
    pub(super) fn lanes(&self) -> Vec<LaneId> {
        self.held().keys().map(|(lane, _)| *lane).collect()
    }

    fn still_held(&self) -> Vec<LeaseKey> {
        let held = self.held();
        let held = held.iter();
        held.filter(|(_, state)| matches!(state, State::Until(_)))
            .map(|(key, _)| *key)
            .collect()
    }
}

/// A lease for as long as its lane is in work here.
pub(super) struct Lease {
    leases: Arc<Leases>,
    key: LeaseKey,
}

impl Lease {
    /// A lease that holds until then. An older one of the same lane is lost.
    pub(super) fn new(leases: &Arc<Leases>, key: LeaseKey, until: Instant) -> Self {
        let mut held = leases.held();
        held.retain(|(lane, _), _| *lane != key.0);
        held.insert(key, State::Until(until));
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
            *state = State::Lost;
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
        self.lose();
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
                    *state = if renewed.contains(&key.0) {
                        State::Until(began + shared.limits.lease)
                    } else {
                        State::Lost
                    };
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
