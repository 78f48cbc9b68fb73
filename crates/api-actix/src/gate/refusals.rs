//! Refused requests on their way into the audit trail. Owns how many are remembered and how many wait; must never hold a
//! request up or fail it.
//!
//! A refusal is written once per key, operation and minute by each process, and the store keeps the first of them all: the
//! ids are the same everywhere.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::{AuditEntry, AuditId, Caller, Operation, Timestamp};
use users_domain::service::AuditService;

use crate::state::AppState;

/// How many refusals of one minute are remembered: thousands of keys, each refused everything there is.
const MAX_NOTED: usize = 100_000;

/// How many wait to be written.
const MAX_WAITING: usize = 10_000;

/// How many are written at once.
const BATCH: usize = 500;

/// Notes that a caller was refused an operation. Who was refused is answered meanwhile.
pub(super) fn note(state: &AppState, caller: &Caller, operation: Operation) {
    note_in_trail(state, state.audit.refusal(caller, operation));
}

/// Has an entry written that is about a refusal, unless this minute has it.
pub(crate) fn note_in_trail(state: &AppState, entry: AuditEntry) {
    if let Some(writing) = Refusals::take_in(&state.refusals, entry) {
        let audit = Arc::clone(&state.audit);
        actix_web::rt::spawn(async move { writing.run(&audit).await });
    }
}

/// What this process noted in the current minute, and what of it is not yet written.
#[derive(Default)]
pub(crate) struct Refusals {
    inner: Mutex<Inner>,
}

struct Inner {
    minute: Timestamp,
    noted: HashSet<AuditId>,
    waiting: Vec<AuditEntry>,
    /// Whether a task writes.
    writing: bool,
    /// Whether this minute had more than there is room for.
    overflowed: bool,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            minute: Timestamp::UNIX_EPOCH,
            noted: HashSet::new(),
            waiting: Vec::new(),
            writing: false,
            overflowed: false,
        }
    }
}

impl Refusals {
    /// Takes a refusal in unless it is known. Answers the task of writing, where nobody is at it.
    fn take_in(this: &Arc<Self>, entry: AuditEntry) -> Option<Writing> {
        let mut inner = this.inner();
        let minute = entry.header.at.start_of_minute();
        if inner.minute != minute {
            inner.minute = minute;
            inner.noted.clear();
            inner.overflowed = false;
        }
        if inner.noted.contains(&entry.header.id) {
            return None;
        }
        if inner.noted.len() >= MAX_NOTED || inner.waiting.len() >= MAX_WAITING {
            if !mem::replace(&mut inner.overflowed, true) {
                tracing::warn!("more requests are refused than are noted in the audit trail");
            }
            return None;
        }
        inner.noted.insert(entry.header.id);
        inner.waiting.push(entry);
        let begins = !mem::replace(&mut inner.writing, true);
        begins.then(|| Writing {
            refusals: Arc::clone(this),
            ended: false,
        })
    }

    /// What to write next; ends the writing where nothing waits.
    fn next_batch(&self) -> Option<Vec<AuditEntry>> {
        let mut inner = self.inner();
        let batch = inner.waiting.len().min(BATCH);
        inner.writing = batch > 0;
        (batch > 0).then(|| inner.waiting.drain(..batch).collect())
    }

    /// What was not written is noted anew when it happens again.
    fn forget(&self, entries: &[AuditId]) {
        let mut inner = self.inner();
        for id in entries {
            inner.noted.remove(id);
        }
    }

    /// Whole even after a panic: no change of it is in two steps that could be parted.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one task that writes what waits, on one connection to the store at a time.
struct Writing {
    refusals: Arc<Refusals>,
    ended: bool,
}

impl Writing {
    async fn run(mut self, audit: &AuditService) {
        while let Some(entries) = self.refusals.next_batch() {
            let ids: Vec<AuditId> = entries.iter().map(|entry| entry.header.id).collect();
            if let Err(error) = audit.append(entries).await {
                tracing::warn!(%error, "refused requests were not noted in the audit trail");
                self.refusals.forget(&ids);
            }
        }
        self.ended = true;
    }
}

/// A task that is dropped half way, with the thread it ran on, lets another one begin.
impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            self.refusals.inner().writing = false;
        }
    }
}
