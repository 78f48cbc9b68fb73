//! The store: one lock around the state, and inspection methods for tests.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::{ApiKey, ApplicationId, AuditEntry, AuditId, Timestamp, User};
use users_domain::ports::{Clock, EventEncoder};

use crate::clock::MachineClock;
use crate::state::{State, StoredEvent};

/// Stores applications, keys, users, audit entries and events in memory. Share it in an `Arc`, as each of the ports.
pub struct MemoryStore {
    state: Mutex<State>,
    pub(crate) encoder: Arc<dyn EventEncoder>,
    event_capacity: AtomicUsize,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// Creates an empty store that stores events as this encoder writes them.
    pub fn new(encoder: Arc<dyn EventEncoder>) -> Self {
        Self::with_clock(encoder, Arc::new(MachineClock))
    }

    /// Creates an empty store with its own clock, for the times that the store itself assigns.
    pub fn with_clock(encoder: Arc<dyn EventEncoder>, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            encoder,
            event_capacity: AtomicUsize::new(usize::MAX),
        }
    }

    /// Sets the maximum number of stored events per application. A change that would exceed it is not written at all,
    /// and its commit fails with `Unavailable`.
    pub fn set_event_capacity(&self, events: usize) {
        self.event_capacity.store(events, Ordering::SeqCst);
    }

    /// All users of an application in the order of their ids, including deleted users.
    #[must_use]
    pub fn users(&self, application: ApplicationId) -> Vec<User> {
        let state = self.lock();
        let files = state.users.get(&application).map(|users| &users.files);
        files.into_iter().flat_map(|files| files.values()).map(|file| file.user.clone()).collect()
    }

    /// Stores a key without an audit entry, for tests that start with a key.
    pub fn put_key(&self, key: ApiKey) {
        self.lock().keys.insert(key.digest, key);
    }

    /// The audit trail of an application, oldest first.
    #[must_use]
    pub fn audit_entries(&self, application: ApplicationId) -> Vec<AuditEntry> {
        let state = self.lock();
        state.users.get(&application).map(|users| users.audit.clone()).unwrap_or_default()
    }

    /// Erases the detail of an audit entry, as the erasure of a user does: reads of the trail then return the entry
    /// without its detail.
    pub fn erase_audit_detail(&self, application: ApplicationId, entry: AuditId) {
        let mut state = self.lock();
        state.users.entry(application).or_default().erased.insert(entry);
    }

    /// The events of an application, oldest first.
    #[must_use]
    pub fn events(&self, application: ApplicationId) -> Vec<StoredEvent> {
        let state = self.lock();
        state.users.get(&application).map(|users| users.events.clone()).unwrap_or_default()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn event_capacity(&self) -> usize {
        self.event_capacity.load(Ordering::SeqCst)
    }

    /// A panic under the lock (in a decision or in the encoder) leaves the state consistent: nothing is applied before
    /// everything is computed.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
