//! The store itself: one lock around one state, and what tests may see of it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::{ApiKey, ApplicationId, AuditEntry, AuditId, Timestamp, User};
use users_domain::ports::{Clock, EventEncoder};

use crate::clock::MachineClock;
use crate::state::{State, StoredEvent};

/// Keeps applications, keys, users, audit entries, events and webhook destinations in memory. Share it in an `Arc`, as each of the ports.
pub struct MemoryStore {
    state: Mutex<State>,
    pub(crate) encoder: Arc<dyn EventEncoder>,
    event_capacity: AtomicUsize,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// An empty store that keeps events in the form of this encoder.
    pub fn new(encoder: Arc<dyn EventEncoder>) -> Self {
        Self::with_clock(encoder, Arc::new(MachineClock))
    }

    /// An empty store with a clock of its own: what it times itself is timed by that.
    pub fn with_clock(encoder: Arc<dyn EventEncoder>, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            encoder,
            event_capacity: AtomicUsize::new(usize::MAX),
        }
    }

    /// How many events each application may have stored. A change that would exceed it is not written at all, and its
    /// commit is `Unavailable`.
    pub fn set_event_capacity(&self, events: usize) {
        self.event_capacity.store(events, Ordering::SeqCst);
    }

    /// All users of an application in the order of their ids, deleted ones included.
    #[must_use]
    pub fn users(&self, application: ApplicationId) -> Vec<User> {
        let state = self.lock();
        let files = state.users.get(&application).map(|users| &users.files);
        files
            .into_iter()
            .flat_map(|files| files.values())
            .map(|file| file.user.clone())
            .collect()
    }

    /// Puts a key there as it is, with nothing about it in the trail; for tests that begin with one.
    pub fn put_key(&self, key: ApiKey) {
        self.lock().keys.insert(key.digest, key);
    }

    /// The audit trail of an application, oldest first.
    #[must_use]
    pub fn audit_entries(&self, application: ApplicationId) -> Vec<AuditEntry> {
        let state = self.lock();
        state
            .users
            .get(&application)
            .map(|users| users.audit.clone())
            .unwrap_or_default()
    }

    /// Erases the detail of an audit entry, as happens when a person is erased: reading the trail shows the entry without
    /// it from now on.
    pub fn erase_audit_detail(&self, application: ApplicationId, entry: AuditId) {
        let mut state = self.lock();
        state
            .users
            .entry(application)
            .or_default()
            .erased
            .insert(entry);
    }

    /// The events of an application, oldest first.
    #[must_use]
    pub fn events(&self, application: ApplicationId) -> Vec<StoredEvent> {
        let state = self.lock();
        state
            .users
            .get(&application)
            .map(|users| users.events.clone())
            .unwrap_or_default()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn event_capacity(&self) -> usize {
        self.event_capacity.load(Ordering::SeqCst)
    }

    /// A panic under the lock (of a decision or of the encoder) leaves the state whole: nothing is applied before all is
    /// known.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
