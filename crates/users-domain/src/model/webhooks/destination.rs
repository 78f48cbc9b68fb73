//! Webhook destinations, their state and their statistics.

use super::{Attempt, Breaker, DeliveryOrdering, Failing, Recovery, Subscriptions};
use crate::model::names::{short_text, text};
use crate::model::words::words;
use crate::model::{ApplicationId, DestinationId, Timestamp};

short_text!(
    /// Display name of a destination.
    DestinationLabel,
    255,
    check_label
);

short_text!(
    /// The version of the reference API for which a receiver was written. Stored and shown, without any effect.
    WebhookVersion,
    32,
    check_label
);

text!(
    /// A normalised URL that may be called. Created only by [`crate::ports::UrlPolicy`] or read from the store.
    DestinationUrl
);

impl DestinationUrl {
    /// Maximum length, in bytes; limited because stores index the whole URL.
    pub const MAX_BYTES: usize = 2048;

    /// Wraps a URL that a [`crate::ports::UrlPolicy`] has accepted.
    #[must_use]
    pub const fn accepted(text: String) -> Self {
        Self(text)
    }
}

words!(
    /// Why a destination is disabled.
    DisabledReason {
        /// Disabled by a client. Events that occur in the meantime are not delivered.
        Client = "client",
        /// The receiver returned status 410. Events that occur in the meantime wait.
        Gone = "gone",
        /// All attempts failed for several days. Events that occur in the meantime wait.
        Failing = "failing",
    }
);

/// Whether events are sent to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationState {
    /// Events are sent.
    Enabled,
    /// No events are sent.
    Disabled {
        /// The reason.
        reason: DisabledReason,
        /// When the destination was disabled.
        since: Timestamp,
    },
}

impl DestinationState {
    /// Whether events are sent.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        matches!(self, Self::Enabled)
    }
}

/// A webhook destination of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The id.
    pub id: DestinationId,
    /// The application.
    pub application: ApplicationId,
    /// The display name.
    pub label: DestinationLabel,
    /// The URL; unique per application.
    pub url: DestinationUrl,
    /// Whether events are sent.
    pub state: DestinationState,
    /// The declared API version; stored and shown only.
    pub version: WebhookVersion,
    /// The subscribed event names.
    pub subscriptions: Subscriptions,
    /// The guaranteed delivery order.
    pub ordering: DeliveryOrdering,
    /// When the destination was created.
    pub created_at: Timestamp,
    /// When a client last changed the destination.
    pub updated_at: Timestamp,
}

impl Destination {
    /// Maximum number of destinations per application.
    pub const MAX_PER_APPLICATION: usize = 50;
}

/// Statistics of all attempts of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryStats {
    /// Number of attempts.
    pub attempts: u64,
    /// Number of failed attempts.
    pub failures: u64,
    /// Total duration of all attempts, in milliseconds.
    pub total_duration_ms: u64,
    /// Duration of the shortest attempt, in milliseconds; `None` before the first attempt.
    pub min_duration_ms: Option<u64>,
    /// Duration of the longest attempt, in milliseconds; `None` before the first attempt.
    pub max_duration_ms: Option<u64>,
    /// Time of the latest attempt.
    pub last_attempt_at: Option<Timestamp>,
}

impl DeliveryStats {
    /// Mean duration in whole milliseconds; `None` before the first attempt.
    #[must_use]
    pub fn average_duration_ms(&self) -> Option<u64> {
        self.total_duration_ms.checked_div(self.attempts)
    }

    /// Percentage of failed attempts, rounded; 0 before the first attempt.
    #[must_use]
    pub fn error_rate_percentage(&self) -> u64 {
        let twice = self.failures.saturating_mul(200);
        let rounded = twice.saturating_add(self.attempts);
        rounded.checked_div(2 * self.attempts).unwrap_or(0)
    }
}

/// A destination with its statistics, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationOverview {
    /// The destination.
    pub destination: Destination,
    /// The statistics.
    pub stats: DeliveryStats,
}

/// A destination with its statistics and current state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationDetail {
    /// The destination.
    pub destination: Destination,
    /// The statistics of all attempts.
    pub stats: DeliveryStats,
    /// The current state.
    pub summary: DestinationSummary,
}

/// Current delivery state of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationSummary {
    /// Number of waiting deliveries, counted up to [`DestinationSummary::COUNTED_TO`].
    pub waiting: u64,
    /// Number of dead letters not yet recovered, counted up to [`DestinationSummary::COUNTED_TO`].
    pub dead_letters: u64,
    /// Since when the oldest waiting delivery waits.
    pub oldest_waiting_since: Option<Timestamp>,
    /// The circuit breaker.
    pub breaker: Breaker,
    /// End of the pause requested by the receiver or imposed by the breaker.
    pub paused_until: Option<Timestamp>,
    /// The current series of failures, if the latest attempt failed.
    pub failing: Option<Failing>,
    /// The latest failed attempt.
    pub last_failure: Option<Attempt>,
    /// When the newest secret was created.
    pub secret_created_at: Timestamp,
    /// Until when an older secret continues to sign.
    pub old_secret_signs_until: Option<Timestamp>,
    /// The latest recovery.
    pub last_recovery: Option<Recovery>,
}

impl DestinationSummary {
    /// Limit for counting waiting deliveries and dead letters.
    pub const COUNTED_TO: u64 = 100_000;
}
