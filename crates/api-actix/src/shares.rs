//! What each key or application may have at once. Owns which of them are remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use uuid::Uuid;

/// Beyond this many, holders that have nothing at the moment are forgotten.
const MAX_KNOWN: usize = 1024;

/// A semaphore for each holder.
#[derive(Default)]
pub(crate) struct Shares(Mutex<HashMap<Uuid, Arc<Semaphore>>>);

impl Shares {
    /// That of a holder, made with so many permits where it has none yet.
    pub(crate) fn of(&self, holder: Uuid, permits: usize) -> Arc<Semaphore> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            known.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let made = || Arc::new(Semaphore::new(permits));
        Arc::clone(known.entry(holder).or_insert_with(made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_something_is_remembered_and_others_are_forgotten() {
        let shares = Shares::default();
        let taken = shares.of(Uuid::nil(), 1).try_acquire_owned().unwrap();
        for number in 1..2 * MAX_KNOWN {
            shares.of(Uuid::from_u128(number as u128), 1);
        }
        assert!(shares.0.lock().unwrap().len() <= MAX_KNOWN);
        assert!(shares.of(Uuid::nil(), 1).try_acquire_owned().is_err());
        drop(taken);
        assert!(shares.of(Uuid::nil(), 1).try_acquire_owned().is_ok());
    }
}
