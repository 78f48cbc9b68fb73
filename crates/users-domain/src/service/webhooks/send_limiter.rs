//! Limits the sends that clients request (test events, resends). Each holds a socket until the receiver responds, so their
//! number is limited, and one application leaves permits to others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::ApplicationId;

/// Sends by request that a process has under way at once, at most: far more than people ask for by hand.
const SENDS_AT_ONCE: usize = 16;

/// Of these, for one application.
const SENDS_OF_ONE: usize = 4;

/// Counts sends that are under way, by application.
#[derive(Debug, Default)]
pub(super) struct SendLimiter(Mutex<HashMap<ApplicationId, usize>>);

impl SendLimiter {
    /// A place, unless all are taken, or all that one application may have.
    pub(super) fn enter(&self, application: ApplicationId) -> Option<SendPermit<'_>> {
        let mut taken = self.taken();
        let own = taken.get(&application).copied().unwrap_or_default();
        if own >= SENDS_OF_ONE || taken.values().sum::<usize>() >= SENDS_AT_ONCE {
            return None;
        }
        taken.insert(application, own + 1);
        Some(SendPermit {
            room: self,
            application,
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<ApplicationId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Free again once it is dropped.
#[must_use]
pub(super) struct SendPermit<'a> {
    room: &'a SendLimiter,
    application: ApplicationId,
}

impl Drop for SendPermit<'_> {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        match taken.get_mut(&self.application) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                taken.remove(&self.application);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn application(number: usize) -> ApplicationId {
        ApplicationId::new(Uuid::from_u128(number as u128))
    }

    #[test]
    fn one_application_leaves_room_for_others_and_all_together_have_a_limit() {
        let room = SendLimiter::default();
        let mut places = Vec::new();
        for number in 0..SENDS_AT_ONCE / SENDS_OF_ONE {
            for _ in 0..SENDS_OF_ONE {
                places.push(room.enter(application(number)).expect("a place"));
            }
            assert!(room.enter(application(number)).is_none(), "{number}");
        }
        assert!(room.enter(application(99)).is_none(), "all are taken");

        drop(places.pop());
        assert!(room.enter(application(0)).is_none(), "it has its own");
        places.push(room.enter(application(99)).expect("a place"));
        assert!(room.enter(application(3)).is_none(), "all are taken");
        places.clear();
        assert!(
            room.taken().is_empty(),
            "nothing is kept of those that left"
        );
    }
}
