//! Whether calls fail because the database lacks something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Work;
use crate::failure::{Failure, Kind};

/// Remembers calls that failed in a row for what the database lacks, by kind of work: that reads succeed says nothing about
/// writes.
#[derive(Debug, Default)]
pub(super) struct Soundness([OfKind; Work::ALL.len()]);

#[derive(Debug, Default)]
struct OfKind {
    is_doubted: AtomicBool,
    failed: Mutex<Option<Failed>>,
}

#[derive(Debug)]
struct Failed {
    in_a_row: u32,
    last: Instant,
    reason: String,
}

impl Soundness {
    /// One may be a statement of its own, and not the database.
    const ENOUGH: u32 = 5;

    /// A process that gets no calls cannot find out by itself that all is well again.
    const REMEMBERED_FOR: Duration = Duration::from_secs(30);

    /// How a call ended.
    pub(super) fn note<T>(&self, kind: Work, answer: &Result<T, Failure>, now: Instant) {
        let mut of_kinds = Work::ALL.into_iter().zip(&self.0);
        if let Some((_, of_kind)) = of_kinds.find(|(each, _)| *each == kind) {
            of_kind.note(answer, now);
        }
    }

    /// What the last of enough calls of one kind in a row failed with.
    pub(super) fn broken_by(&self, now: Instant) -> Option<String> {
        self.0.iter().find_map(|of_kind| of_kind.broken_by(now))
    }
}

impl OfKind {
    fn note<T>(&self, answer: &Result<T, Failure>, now: Instant) {
        match answer {
            // Nearly always, and without a lock.
            Ok(_) if !self.is_doubted.load(Ordering::Relaxed) => {}
            Ok(_) => {
                *self.failed() = None;
                self.is_doubted.store(false, Ordering::Relaxed);
            }
            Err(failure) if matches!(failure.kind, Kind::Broken | Kind::Pointed) => {
                let mut failed = self.failed();
                let before = failed.as_ref().map_or(0, |failed| failed.in_a_row);
                *failed = Some(Failed {
                    in_a_row: before.saturating_add(1),
                    last: now,
                    reason: failure.reason().to_owned(),
                });
                self.is_doubted.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }

    fn broken_by(&self, now: Instant) -> Option<String> {
        let failed = self.failed();
        let failed = failed.as_ref()?;
        let is_broken = failed.in_a_row >= Soundness::ENOUGH
            && now.saturating_duration_since(failed.last) < Soundness::REMEMBERED_FOR;
        is_broken.then(|| failed.reason.clone())
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<Failed>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_failures_in_a_row_count_for_a_while() {
        let (soundness, start) = (Soundness::default(), Instant::now());
        let lacking = || Err::<(), _>(Failure::broken("a table is missing"));
        for _ in 1..Soundness::ENOUGH {
            soundness.note(Work::Write, &lacking(), start);
        }
        assert_eq!(soundness.broken_by(start), None);
        soundness.note(Work::Write, &Ok(()), start);
        for _ in 0..Soundness::ENOUGH {
            assert_eq!(soundness.broken_by(start), None);
            // Says nothing about the database.
            soundness.note(Work::Write, &Err::<(), _>(Failure::claimed()), start);
            soundness.note(Work::Write, &lacking(), start);
        }
        let reason = soundness.broken_by(start);
        assert_eq!(reason.as_deref(), Some("a table is missing"));
        let later = start + Soundness::REMEMBERED_FOR;
        assert_eq!(soundness.broken_by(later), None);
        soundness.note(Work::Write, &lacking(), later);
        assert!(soundness.broken_by(later).is_some(), "it still is");
        soundness.note(Work::Write, &Ok(()), later);
        assert_eq!(soundness.broken_by(later), None);
    }
    #[test]
    fn that_other_work_succeeds_does_not_hide_that_writes_fail() {
        let (soundness, now) = (Soundness::default(), Instant::now());
        for _ in 0..Soundness::ENOUGH {
            assert_eq!(soundness.broken_by(now), None);
            let refused = Err::<(), _>(Failure::broken("permission denied"));
            soundness.note(Work::Write, &refused, now);
            for kind in [Work::Lookup, Work::List, Work::Batch] {
                soundness.note(kind, &Ok(()), now);
            }
        }
        assert!(soundness.broken_by(now).is_some());
    }
}
