//! Destinations that this process cannot send to, through no fault of theirs. They are given back untried: no attempt is
//! charged, and how the destination fares stays as it is.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use users_domain::model::DestinationId;

/// What may go wrong for many destinations at once is told this often.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeferReason {
    /// This process has not all keys that are needed to sign; others may.
    SecretsSealed,
    /// So many names are being looked up that there was no place for another.
    NoPlaceToLookUp,
}

impl DeferReason {
    /// Every reason.
    pub(crate) const ALL: [Self; 2] = [Self::SecretsSealed, Self::NoPlaceToLookUp];

    /// The word of the metric.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SecretsSealed => "secrets_sealed",
            Self::NoPlaceToLookUp => "no_place_to_look_up",
        }
    }

    /// How long everybody leaves the destination alone. Short, as other processes may be able to send; and not so short that
    /// this one takes it again and again.
    pub(super) const fn pause(self) -> Duration {
        match self {
            Self::SecretsSealed => Duration::from_secs(10),
            Self::NoPlaceToLookUp => Duration::from_secs(1),
        }
    }
}

/// Tells the first of each reason, and no more for a while: it may be every destination.
#[derive(Debug, Default)]
pub(super) struct DeferLog {
    told: Mutex<[Option<Instant>; DeferReason::ALL.len()]>,
}

impl DeferLog {
    pub(super) fn tell(&self, destination: DestinationId, why: DeferReason) {
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
                "so many names are being looked up that a webhook destination has to wait; there may be more"
            ),
        }
    }

    fn is_time_for(&self, why: DeferReason) -> bool {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons = DeferReason::ALL.into_iter().zip(told.iter_mut());
        let Some((_, last)) = reasons.find(|(reason, _)| *reason == why) else {
            return false;
        };
        if last.is_some_and(|last| now < last + TOLD_EVERY) {
            return false;
        }
        *last = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_reason_is_told_once_a_minute() {
        let log = DeferLog::default();
        for why in DeferReason::ALL {
            assert!(log.is_time_for(why), "{why:?}");
            assert!(!log.is_time_for(why), "{why:?}");
        }
        sleep(TOLD_EVERY).await;
        for why in DeferReason::ALL {
            assert!(log.is_time_for(why), "{why:?}");
        }
    }
}
