//! Where events are sent.

use std::fmt;

use super::{Attempt, Breaker, DeliveryOrdering, Failing, Recovery, Subscriptions};
use crate::model::names::short_text;
use crate::model::{ApplicationId, DestinationId, InvalidValue, Timestamp};

short_text!(
    /// What people call a destination.
    DestinationLabel,
    255,
    check_label
);

short_text!(
    /// The version of the reference API a receiver was written for; kept and shown, and nothing follows from it.
    WebhookVersion,
    32,
    check_label
);

/// An address that may be called, in its normal form. Made by [`crate::ports::UrlPolicy`] alone, and read back from
/// the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationUrl(String);

impl DestinationUrl {
    /// The longest accepted URL, in bytes: stores index it whole.
    pub const MAX_BYTES: usize = 2048;

    /// A URL that a [`crate::ports::UrlPolicy`] has accepted.
    #[must_use]
    pub const fn accepted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DestinationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisabledReason {
    /// A client turned it off: it is told of nothing that happens meanwhile.
    Client,
    /// The receiver answered 410. What happens meanwhile waits.
    Gone,
    /// It failed for days without a success. What happens meanwhile waits.
    Failing,
}

impl DisabledReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Client, Self::Gone, Self::Failing];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// Whether a destination is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationState {
    /// It is.
    Enabled,
    /// It is not.
    Disabled {
        /// Why.
        reason: DisabledReason,
        /// Since when.
        since: Timestamp,
    },
}

impl DestinationState {
    /// Whether it is sent anything.
    #[must_use]
    pub const fn is_enabled(self) -> bool {
        matches!(self, Self::Enabled)
    }
}

/// Where events of an application are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its id.
    pub id: DestinationId,
    /// Whose.
    pub application: ApplicationId,
    /// What people call it.
    pub label: DestinationLabel,
    /// Its address, of which an application has no two.
    pub url: DestinationUrl,
    /// Whether it is sent anything.
    pub state: DestinationState,
    /// Kept and shown.
    pub version: WebhookVersion,
    /// What it wants to hear of.
    pub subscriptions: Subscriptions,
    /// What it is promised about order.
    pub ordering: DeliveryOrdering,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a client last changed it.
    pub updated_at: Timestamp,
}

impl Destination {
    /// The most an application may have.
    pub const MAX_PER_APPLICATION: usize = 50;
}

/// What all attempts of a destination came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeliveryStats {
    /// Attempts made.
    pub attempts: u64,
    /// Those that failed.
    pub failures: u64,
    /// How long all of them took together, in milliseconds.
    pub total_duration_ms: u64,
    /// How long the shortest took, in milliseconds; none before the first.
    pub min_duration_ms: Option<u64>,
    /// How long the longest took, in milliseconds; none before the first.
    pub max_duration_ms: Option<u64>,
    /// When the latest was made.
    pub last_attempt_at: Option<Timestamp>,
}

impl DeliveryStats {
    /// The mean duration in whole milliseconds; none before the first attempt.
    #[must_use]
    pub fn average_duration_ms(&self) -> Option<u64> {
        self.total_duration_ms.checked_div(self.attempts)
    }

    /// Failed attempts in percent of all, rounded; 0 before the first attempt.
    #[must_use]
    pub fn error_rate_percentage(&self) -> u64 {
        let twice = self.failures.saturating_mul(200);
        let rounded = twice.saturating_add(self.attempts);
        rounded.checked_div(2 * self.attempts).unwrap_or(0)
    }
}

/// A destination in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationOverview {
    /// What it is.
    pub destination: Destination,
    /// How it fares.
    pub stats: DeliveryStats,
}

/// A destination with everything an operator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationDetail {
    /// What it is.
    pub destination: Destination,
    /// How it fares over all time.
    pub stats: DeliveryStats,
    /// How it fares now.
    pub summary: DestinationSummary,
}

/// How a destination fares now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationSummary {
    /// Deliveries that wait, counted up to [`DestinationSummary::COUNTED_TO`].
    pub waiting: u64,
    /// Deliveries given up on and not yet recovered, counted up to [`DestinationSummary::COUNTED_TO`].
    pub dead_letters: u64,
    /// Since when the oldest one waits.
    pub oldest_waiting_since: Option<Timestamp>,
    /// Whether attempts are held back.
    pub breaker: Breaker,
    /// Until when the receiver asked to be left alone, or the breaker holds attempts back.
    pub paused_until: Option<Timestamp>,
    /// The run of failures without a success between, if the latest attempt failed.
    pub failing: Option<Failing>,
    /// The latest attempt that failed.
    pub last_failure: Option<Attempt>,
    /// When the newest secret was made.
    pub secret_created_at: Timestamp,
    /// Until when an older secret signs along.
    pub old_secret_signs_until: Option<Timestamp>,
    /// The latest recovery.
    pub last_recovery: Option<Recovery>,
}

impl DestinationSummary {
    /// Waiting deliveries and dead letters are counted up to this number.
    pub const COUNTED_TO: u64 = 100_000;
}
