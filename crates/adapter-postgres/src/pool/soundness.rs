//! Detects calls that fail because the database lacks something.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Work;
use crate::failure::{Failure, Kind};

/// Counts consecutive calls that failed because the database lacks something, by kind of work: successful reads do not
/// prove that writes work.
#[derive(Debug, Default)]
pub(super) struct Soundness([OfKind; Work::ALL.len()]);

#[derive(Debug, Default)]
struct OfKind(Mutex<Option<Failed>>);

#[derive(Debug)]
struct Failed {
    in_a_row: u32,
    last: Instant,
    reason: String,
}

impl Soundness {
    /// The number of consecutive failures that counts: a single one may be caused by one statement.
    const FAILURE_THRESHOLD: u32 = 5;

    /// How long failures count: a process that receives no calls cannot detect that the database works again.
    const FAILURES_COUNT_FOR: Duration = Duration::from_secs(30);

    pub(super) fn note<T>(&self, kind: Work, answer: &Result<T, Failure>, now: Instant) {
        let mut of_kinds = Work::ALL.into_iter().zip(&self.0);
        if let Some((_, of_kind)) = of_kinds.find(|(each, _)| *each == kind) {
            of_kind.note(answer, now);
        }
    }

    /// The last failure, if enough consecutive calls of one kind failed.
    pub(super) fn broken_by(&self, now: Instant) -> Option<String> {
        self.0.iter().find_map(|of_kind| of_kind.broken_by(now))
    }
}

impl OfKind {
    fn note<T>(&self, answer: &Result<T, Failure>, now: Instant) {
        match answer {
            Ok(_) => *self.failed() = None,
            Err(failure) if matches!(failure.kind, Kind::Broken | Kind::Pointed) => {
                let mut failed = self.failed();
                let before = failed.as_ref().map_or(0, |failed| failed.in_a_row);
                *failed = Some(Failed {
                    in_a_row: before.saturating_add(1),
                    last: now,
                    reason: failure.reason().to_owned(),
                });
            }
            Err(_) => {}
        }
    }

    fn broken_by(&self, now: Instant) -> Option<String> {
        let failed = self.failed();
        let failed = failed.as_ref()?;
        let is_broken = failed.in_a_row >= Soundness::FAILURE_THRESHOLD
            && now.saturating_duration_since(failed.last) < Soundness::FAILURES_COUNT_FOR;
        is_broken.then(|| failed.reason.clone())
    }

    fn failed(&self) -> MutexGuard<'_, Option<Failed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
