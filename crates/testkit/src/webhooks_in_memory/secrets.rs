//! The secrets of one destination.

use std::time::Duration;

use users_domain::model::Timestamp;
use users_domain::model::webhooks::{SealedSecret, SigningSecrets};

#[derive(Debug)]
pub(super) struct KeptSecret {
    /// Unique number across the secrets of all destinations.
    pub(super) number: i64,
    pub(super) sealed: SealedSecret,
    created_at: Timestamp,
    /// Until when the secret signs; `None` for the newest secret.
    signs_until: Option<Timestamp>,
}

/// The secrets, newest first.
#[derive(Debug)]
pub(super) struct Secrets {
    newest: KeptSecret,
    older: Vec<KeptSecret>,
}

impl Secrets {
    pub(super) fn new(number: i64, sealed: SealedSecret, at: Timestamp) -> Self {
        Self {
            newest: KeptSecret { number, sealed, created_at: at, signs_until: None },
            older: Vec::new(),
        }
    }

    /// Makes `sealed` the newest secret and removes secrets that no longer sign.
    pub(super) fn rotate(
        &mut self,
        number: i64,
        sealed: SealedSecret,
        grace: Duration,
        now: Timestamp,
    ) {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let latest = now.plus_millis(grace_ms);
        let Self { newest, .. } = Self::new(number, sealed, now);
        let before = std::mem::replace(&mut self.newest, newest);
        self.older.insert(0, before);
        for secret in &mut self.older {
            let end = secret.signs_until.map_or(latest, |end| end.min(latest));
            secret.signs_until = Some(end);
        }
        self.older.retain(|secret| secret.signs_at(now));
        self.older.truncate(SigningSecrets::MAX - 1);
    }

    /// The secrets that sign, newest first.
    pub(super) fn signing(&self, now: Timestamp) -> Vec<SealedSecret> {
        let signing = self.all().filter(|secret| secret.signs_at(now));
        signing.map(|secret| secret.sealed.clone()).collect()
    }

    pub(super) fn newest_created_at(&self) -> Timestamp {
        self.newest.created_at
    }

    pub(super) fn old_sign_until(&self, now: Timestamp) -> Option<Timestamp> {
        let signing = self.older.iter().filter(|secret| secret.signs_at(now));
        signing.filter_map(|secret| secret.signs_until).max()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &KeptSecret> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut KeptSecret> {
        std::iter::once(&mut self.newest).chain(&mut self.older)
    }
}

impl KeptSecret {
    fn signs_at(&self, now: Timestamp) -> bool {
        self.signs_until.is_none_or(|end| end > now)
    }
}
