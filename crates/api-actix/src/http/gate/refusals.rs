//! Writes refused requests to the audit trail in the background. Limits how many are remembered and how many wait. Must
//! never delay or fail a request.
//!
//! Each process writes a refusal once per key, operation and minute. The entry ids are derived from these, so the store
//! keeps only the first entry of all processes.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::{AuditEntry, AuditId, Caller, Operation, Timestamp};
use users_domain::service::AuditService;

/// How many refusals of one minute are remembered: enough for thousands of keys that are refused every operation.
const MAX_NOTED: usize = 100_000;

/// How many refusals may wait to be written.
const MAX_WAITING: usize = 10_000;

/// How many entries are written at once.
const BATCH: usize = 500;

pub(super) struct Refusals {
    audit: Arc<AuditService>,
    known: Arc<Known>,
}

impl Refusals {
    pub(super) fn new(audit: Arc<AuditService>) -> Self {
        let known = Arc::default();
        Self { audit, known }
    }

    /// Records that a caller was refused an operation.
    pub(super) fn refused(&self, caller: &Caller, operation: Operation) {
        self.note(self.audit.refusal(caller, operation));
    }

    /// Writes an audit entry about a refusal, unless this minute already has it.
    pub(super) fn note(&self, entry: AuditEntry) {
        if let Some(writing) = Known::enqueue(&self.known, entry) {
            let audit = Arc::clone(&self.audit);
            actix_web::rt::spawn(async move { writing.run(&audit).await });
        }
    }
}

/// The refusals of the current minute, and those that wait to be written.
#[derive(Default)]
struct Known {
    inner: Mutex<Inner>,
}

struct Inner {
    minute: Timestamp,
    noted: HashSet<AuditId>,
    waiting: Vec<AuditEntry>,
    /// Whether a writing task runs.
    writing: bool,
    /// Whether refusals of this minute were dropped for lack of room.
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

impl Known {
    /// Queues a refusal unless it is known. Returns a writing task if none runs.
    fn enqueue(this: &Arc<Self>, entry: AuditEntry) -> Option<Writing> {
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
                tracing::warn!("more requests are refused than the audit trail records");
            }
            return None;
        }
        inner.noted.insert(entry.header.id);
        inner.waiting.push(entry);
        let begins = !mem::replace(&mut inner.writing, true);
        begins.then(|| Writing { refusals: Arc::clone(this), ended: false })
    }

    /// The next entries to write; ends the writing if none wait.
    fn next_batch(&self) -> Option<Vec<AuditEntry>> {
        let mut inner = self.inner();
        let batch = inner.waiting.len().min(BATCH);
        inner.writing = batch > 0;
        (batch > 0).then(|| inner.waiting.drain(..batch).collect())
    }

    /// Forgets entries that were not written, so that a repeat is recorded.
    fn forget(&self, entries: &[AuditId]) {
        let mut inner = self.inner();
        for id in entries {
            inner.noted.remove(id);
        }
    }

    /// A panic cannot leave the data inconsistent, so a poisoned lock is usable.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The only writing task; it uses one store connection at a time.
struct Writing {
    refusals: Arc<Known>,
    ended: bool,
}

impl Writing {
    async fn run(mut self, audit: &AuditService) {
        while let Some(entries) = self.refusals.next_batch() {
            let ids: Vec<AuditId> = entries.iter().map(|entry| entry.header.id).collect();
            if let Err(error) = audit.append(entries).await {
                tracing::warn!(%error, "refused requests were not recorded in the audit trail");
                self.refusals.forget(&ids);
            }
        }
        self.ended = true;
    }
}

/// A task that is dropped before its end, with its thread, lets another one start.
impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            self.refusals.inner().writing = false;
        }
    }
}
