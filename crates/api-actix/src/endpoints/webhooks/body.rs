//! Destinations in response bodies, with the members that the contract defines. Contains a secret only in the response
//! to its creation.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use users_domain::model::webhooks::{
    Breaker, DeliveryOrdering, DeliveryStats, Destination, DestinationDetail, DestinationOverview,
    DestinationState, DestinationSummary, DisabledReason, EventName, Failing, RotationGrace,
    WebhookSecret,
};
use users_domain::model::{DestinationId, Timestamp};
use zeroize::Zeroizing;

use super::attempt_body::{AttemptBody, RecoveryBody};
use crate::http::text::{Text, Word};

/// A destination in a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DestinationRow")]
pub(super) struct DestinationRowBody<'a> {
    uuid: Text<DestinationId>,
    label: &'a str,
    #[schemars(url)]
    url: &'a str,
    enabled: bool,
    webhook_version: &'a str,
    subscribed_events: Vec<&'a str>,
    /// Subscribed events.
    subscribed_events_count: usize,
    /// The number of attempts.
    deliveries_count: u64,
    /// Failed attempts.
    failed_deliveries_count: u64,
    /// The mean duration of all attempts, in milliseconds.
    average_response_time_ms: Option<u64>,
    /// The percentage of failed attempts, rounded.
    #[schemars(range(max = 100))]
    error_rate_percentage: u64,
    /// The time of the latest attempt.
    last_delivery_at: Option<Text<Timestamp>>,
    created_at: Text<Timestamp>,
    updated_at: Text<Timestamp>,
}

impl<'a> DestinationRowBody<'a> {
    fn new(destination: &'a Destination, stats: &DeliveryStats) -> Self {
        let events = destination.subscriptions.names();
        Self {
            uuid: Text(destination.id),
            label: destination.label.as_str(),
            url: destination.url.as_str(),
            enabled: destination.state.is_enabled(),
            webhook_version: destination.version.as_str(),
            subscribed_events: events.iter().map(EventName::as_str).collect(),
            subscribed_events_count: events.len(),
            deliveries_count: stats.attempts,
            failed_deliveries_count: stats.failures,
            average_response_time_ms: stats.average_duration_ms(),
            error_rate_percentage: stats.error_rate_percentage(),
            last_delivery_at: stats.last_attempt_at.map(Text),
            created_at: Text(destination.created_at),
            updated_at: Text(destination.updated_at),
        }
    }
}

impl<'a> From<&'a DestinationOverview> for DestinationRowBody<'a> {
    fn from(overview: &'a DestinationOverview) -> Self {
        Self::new(&overview.destination, &overview.stats)
    }
}

/// A destination.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Destination")]
pub(super) struct DestinationBody<'a> {
    #[serde(flatten)]
    shown: CommonBody<'a>,
    /// Always empty: a secret is shown only when it is created.
    #[schemars(length(max = 0))]
    secret_shared_key: &'static str,
}

/// A new destination, with its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewDestination")]
pub(super) struct NewDestinationBody<'a> {
    #[serde(flatten)]
    shown: CommonBody<'a>,
    #[serde(flatten)]
    secret: SecretBody,
}

/// The members of a destination other than its secret.
#[derive(Serialize, JsonSchema)]
struct CommonBody<'a> {
    #[serde(flatten)]
    row: DestinationRowBody<'a>,
    /// The delivery order. With `per_user`, the events of one user arrive in the order of their `sequence`.
    ordering: Word<DeliveryOrdering>,
    summary: SummaryBody<'a>,
}

impl<'a> From<&'a DestinationDetail> for CommonBody<'a> {
    fn from(detail: &'a DestinationDetail) -> Self {
        let destination = &detail.destination;
        Self {
            row: DestinationRowBody::new(destination, &detail.stats),
            ordering: Word(destination.ordering),
            summary: SummaryBody::new(destination.state, &detail.stats, &detail.summary),
        }
    }
}

impl<'a> From<&'a DestinationDetail> for DestinationBody<'a> {
    fn from(detail: &'a DestinationDetail) -> Self {
        Self { shown: detail.into(), secret_shared_key: "" }
    }
}

/// A new secret in its two forms.
#[derive(Serialize, JsonSchema)]
struct SecretBody {
    /// The secret, which is shown only in this response. Its characters are the key of the `X-Signature` family.
    #[serde(serialize_with = "exposed")]
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_-]{43}$"))]
    secret_shared_key: Zeroizing<String>,
    /// The same secret in the form that libraries for Standard Webhooks accept.
    #[serde(serialize_with = "exposed")]
    #[schemars(with = "String", regex(pattern = "^whsec_[A-Za-z0-9+/]{43}=$"))]
    standard_secret: Zeroizing<String>,
}

fn exposed<S: Serializer>(secret: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret)
}

impl From<&WebhookSecret> for SecretBody {
    fn from(secret: &WebhookSecret) -> Self {
        Self { secret_shared_key: secret.shared_key(), standard_secret: secret.standard_secret() }
    }
}

impl<'a> NewDestinationBody<'a> {
    pub(super) fn new(detail: &'a DestinationDetail, secret: &WebhookSecret) -> Self {
        Self { shown: detail.into(), secret: secret.into() }
    }
}

/// The new secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RotatedSecret")]
pub(super) struct RotationBody {
    /// The destination.
    uuid: Text<DestinationId>,
    #[serde(flatten)]
    secret: SecretBody,
    #[schemars(range(max = RotationGrace::MAX_HOURS))]
    grace_hours: u64,
}

impl RotationBody {
    pub(super) fn new(id: DestinationId, secret: &WebhookSecret, grace: RotationGrace) -> Self {
        Self {
            uuid: Text(id),
            secret: secret.into(),
            grace_hours: grace.duration().as_secs() / 3600,
        }
    }
}

/// The statistics of a destination over all time, and its current state.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DestinationSummary")]
struct SummaryBody<'a> {
    /// The number of attempts.
    total_deliveries: u64,
    /// The number of failed attempts.
    failed_deliveries: u64,
    /// The percentage of failed attempts, rounded.
    #[schemars(range(max = 100))]
    error_rate_percentage: u64,
    /// The shortest duration in ms.
    min_response_time_ms: Option<u64>,
    /// The mean duration in ms.
    avg_response_time_ms: Option<u64>,
    /// The longest duration in ms.
    max_response_time_ms: Option<u64>,
    /// The time of the latest attempt.
    last_delivery_at: Option<Text<Timestamp>>,
    #[schemars(description = counted("Waiting deliveries"))]
    waiting: u64,
    /// Since when the oldest of them has waited.
    oldest_waiting_since: Option<Text<Timestamp>>,
    #[schemars(description = counted("The number of finally failed deliveries that were not recovered"))]
    dead_letters: u64,
    breaker: BreakerBody,
    /// The end of the pause in attempts, which the receiver requested or the breaker caused.
    paused_until: Option<Text<Timestamp>>,
    failing: Option<FailingBody>,
    last_failure: Option<AttemptBody<'a>>,
    /// Why the destination is disabled. `client`: a client disabled it. `gone`: the receiver returned 410. `failing`:
    /// deliveries failed for days.
    disabled_reason: Option<Word<DisabledReason>>,
    disabled_since: Option<Text<Timestamp>>,
    secret_created_at: Text<Timestamp>,
    /// Until when an older secret continues to sign.
    old_secret_signs_until: Option<Text<Timestamp>>,
    last_recovery: Option<RecoveryBody>,
}

fn counted(what: &str) -> String {
    format!("{what}, counted up to {}.", DestinationSummary::COUNTED_TO)
}

impl<'a> SummaryBody<'a> {
    fn new(
        state: DestinationState,
        totals: &DeliveryStats,
        summary: &'a DestinationSummary,
    ) -> Self {
        let disabled = match state {
            DestinationState::Enabled => None,
            DestinationState::Disabled { reason, since } => Some((reason, since)),
        };
        Self {
            total_deliveries: totals.attempts,
            failed_deliveries: totals.failures,
            error_rate_percentage: totals.error_rate_percentage(),
            min_response_time_ms: totals.min_duration_ms,
            avg_response_time_ms: totals.average_duration_ms(),
            max_response_time_ms: totals.max_duration_ms,
            last_delivery_at: totals.last_attempt_at.map(Text),
            waiting: summary.waiting,
            oldest_waiting_since: summary.oldest_waiting_since.map(Text),
            dead_letters: summary.dead_letters,
            breaker: summary.breaker.into(),
            paused_until: summary.paused_until.map(Text),
            failing: summary.failing.map(Into::into),
            last_failure: summary.last_failure.as_ref().map(Into::into),
            disabled_reason: disabled.map(|(reason, _)| Word(reason)),
            disabled_since: disabled.map(|(_, since)| Text(since)),
            secret_created_at: Text(summary.secret_created_at),
            old_secret_signs_until: summary.old_secret_signs_until.map(Text),
            last_recovery: summary.last_recovery.as_ref().map(Into::into),
        }
    }
}

/// The circuit breaker, which delays attempts after repeated failures.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct BreakerBody {
    #[schemars(extend("enum" = ["closed", "open"]))]
    state: &'static str,
    /// When the next probe is allowed.
    until: Option<Text<Timestamp>>,
    /// The number of consecutive openings.
    openings: u32,
}

impl From<Breaker> for BreakerBody {
    fn from(breaker: Breaker) -> Self {
        match breaker {
            Breaker::Closed => Self { state: "closed", until: None, openings: 0 },
            Breaker::Open { until, openings } => {
                Self { state: "open", until: Some(Text(until)), openings }
            }
        }
    }
}

/// The current series of failures without a success; null if the latest attempt succeeded.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct FailingBody {
    since: Text<Timestamp>,
    /// The number of failed attempts.
    attempts: u32,
}

impl From<Failing> for FailingBody {
    fn from(failing: Failing) -> Self {
        Self { since: Text(failing.since), attempts: failing.attempts }
    }
}
