//! Reasons why this process releases a lane without an attempt although the destination is not at fault. The attempt
//! count and the health of the destination stay unchanged.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use users_domain::model::DestinationId;

/// Minimum time between two log lines for the same reason.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DeferReason {
    /// This process lacks a key that is needed to sign; other processes may have it.
    SecretsSealed,
    /// No name lookup is free for the application.
    NoPlaceToLookUp,
}

impl DeferReason {
    pub(crate) const ALL: [Self; 2] = [Self::SecretsSealed, Self::NoPlaceToLookUp];

    /// Value of the metric's `reason` label.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SecretsSealed => "secrets_sealed",
            Self::NoPlaceToLookUp => "no_place_to_look_up",
        }
    }

    /// How long every process leaves the destination alone. Short, because other processes may be able to send; long
    /// enough that this process does not lease it again immediately.
    pub(super) const fn pause(self) -> Duration {
        match self {
            Self::SecretsSealed => Duration::from_secs(10),
            Self::NoPlaceToLookUp => Duration::from_secs(1),
        }
    }
}

/// Logs each reason at most once per [`LOG_INTERVAL`], because every destination may be affected.
#[derive(Debug, Default)]
pub(super) struct DeferLog {
    last_logged: Mutex<HashMap<DeferReason, Instant>>,
}

impl DeferLog {
    pub(super) fn log(&self, destination: DestinationId, why: DeferReason) {
        if !self.is_time_for(why) {
            return;
        }
        match why {
            DeferReason::SecretsSealed => tracing::error!(
                %destination,
                "secrets of a webhook destination cannot be opened with the keys at hand: it is left to other processes; \
                 there may be more"
            ),
            DeferReason::NoPlaceToLookUp => tracing::warn!(
                %destination,
                "too many names are being looked up: a webhook destination has to wait; there may be more"
            ),
        }
    }

    fn is_time_for(&self, why: DeferReason) -> bool {
        let now = Instant::now();
        let mut last_logged = self.last_logged.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last_logged.get(&why);
        let is_time = last.is_none_or(|last| now >= *last + LOG_INTERVAL);
        if is_time {
            last_logged.insert(why, now);
        }
        is_time
    }
}

#[cfg(test)]
mod tests;
