//! An example of a store: users in one file (`docs/WRITE_A_STORE.md`).
//!
//! The file is a journal: each line is one change, as JSON, with its audit entries and events. A call is answered after
//! its lines are on the disk. Opening the file applies its lines again. A lock protects the state, so that calls are
//! carried out one after the other.
//!
//! The example has no reports of other services and no stored responses, and it waits for the disk in asynchronous
//! functions; a store for a server would not do the latter.

mod journal;
mod reader;
mod record;
mod state;
mod writer;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::ports::EventEncoder;

use journal::Journal;
use state::State;

/// Users in one file.
pub struct FileStore {
    inner: Mutex<Inner>,
    encoder: Arc<dyn EventEncoder>,
}

struct Inner {
    state: State,
    journal: Journal,
}

impl FileStore {
    /// Opens the file, or creates it, and reads its users. Events are stored as this encoder writes them.
    ///
    /// # Errors
    /// Errors of the file system, also if another process has opened the file, and [`io::ErrorKind::InvalidData`] if a
    /// line is no change.
    pub fn open(path: &Path, encoder: Arc<dyn EventEncoder>) -> io::Result<Self> {
        let (journal, text) = Journal::open(path)?;
        let mut state = State::default();
        for line in text.lines() {
            let change = record::read(line);
            state.apply(change.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?);
        }
        let inner = Mutex::new(Inner { state, journal });
        Ok(Self { inner, encoder })
    }

    /// Sets the maximum size of the file. A change that would exceed it is not written.
    pub fn set_max_bytes(&self, bytes: u64) {
        self.lock().journal.max_bytes = bytes;
    }

    /// A panic under the lock (in a decision or in the encoder) leaves the state as it is in the file.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
