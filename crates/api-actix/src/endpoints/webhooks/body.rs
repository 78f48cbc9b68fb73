//! Destinations in response bodies, with the members that the contract defines. Contains a secret only in the response
//! to its creation.

use serde::Serialize;
use users_domain::model::webhooks::{
    Breaker, DeliveryStats, Destination, DestinationDetail, DestinationOverview, DestinationState,
    DestinationSummary, DisabledReason, EventName, Failing, RotationGrace, WebhookSecret,
};
use users_domain::model::{DestinationId, Timestamp};
use zeroize::Zeroizing;

use super::attempt_body::AttemptBody;
use super::recovery_body::RecoveryBody;
use crate::http::text::Text;

/// A destination in a list.
#[derive(Serialize)]
pub(super) struct DestinationRowBody<'a> {
    uuid: Text<DestinationId>,
    label: &'a str,
    url: &'a str,
    enabled: bool,
    webhook_version: &'a str,
    subscribed_events: Vec<&'a str>,
    subscribed_events_count: usize,
    deliveries_count: u64,
    failed_deliveries_count: u64,
    average_response_time_ms: Option<u64>,
    error_rate_percentage: u64,
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

/// The detail of a destination.
#[derive(Serialize)]
pub(super) struct DestinationBody<'a> {
    #[serde(flatten)]
    row: DestinationRowBody<'a>,
    ordering: &'static str,
    /// Empty except in the response to the creation of the secret.
    secret_shared_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    standard_secret: Option<&'a str>,
    summary: SummaryBody<'a>,
}

impl<'a> From<&'a DestinationDetail> for DestinationBody<'a> {
    fn from(detail: &'a DestinationDetail) -> Self {
        let destination = &detail.destination;
        Self {
            row: DestinationRowBody::new(destination, &detail.stats),
            ordering: destination.ordering.as_str(),
            secret_shared_key: "",
            standard_secret: None,
            summary: SummaryBody::new(destination.state, &detail.stats, &detail.summary),
        }
    }
}

/// A new secret in its two forms.
pub(super) struct ShownSecret {
    shared_key: Zeroizing<String>,
    standard_secret: Zeroizing<String>,
}

impl From<&WebhookSecret> for ShownSecret {
    fn from(secret: &WebhookSecret) -> Self {
        Self {
            shared_key: secret.shared_key(),
            standard_secret: secret.standard_secret(),
        }
    }
}

impl<'a> DestinationBody<'a> {
    /// The detail with a new secret.
    pub(super) fn with_secret(detail: &'a DestinationDetail, secret: &'a ShownSecret) -> Self {
        Self {
            secret_shared_key: &secret.shared_key,
            standard_secret: Some(&secret.standard_secret),
            ..detail.into()
        }
    }
}

/// The result of a rotation.
#[derive(Serialize)]
pub(super) struct RotationBody<'a> {
    uuid: Text<DestinationId>,
    secret_shared_key: &'a str,
    standard_secret: &'a str,
    grace_hours: u64,
}

impl<'a> RotationBody<'a> {
    /// The response with the new secret.
    pub(super) fn new(id: DestinationId, secret: &'a ShownSecret, grace: RotationGrace) -> Self {
        Self {
            uuid: Text(id),
            secret_shared_key: &secret.shared_key,
            standard_secret: &secret.standard_secret,
            grace_hours: grace.duration().as_secs() / 3600,
        }
    }
}

/// The statistics of a destination: over all time with the names of the reference API, and the current state.
#[derive(Serialize)]
struct SummaryBody<'a> {
    total_deliveries: u64,
    failed_deliveries: u64,
    error_rate_percentage: u64,
    min_response_time_ms: Option<u64>,
    avg_response_time_ms: Option<u64>,
    max_response_time_ms: Option<u64>,
    last_delivery_at: Option<Text<Timestamp>>,
    waiting: u64,
    oldest_waiting_since: Option<Text<Timestamp>>,
    dead_letters: u64,
    breaker: BreakerBody,
    paused_until: Option<Text<Timestamp>>,
    failing: Option<FailingBody>,
    last_failure: Option<AttemptBody<'a>>,
    disabled_reason: Option<&'static str>,
    disabled_since: Option<Text<Timestamp>>,
    secret_created_at: Text<Timestamp>,
    old_secret_signs_until: Option<Text<Timestamp>>,
    last_recovery: Option<RecoveryBody>,
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
            disabled_reason: disabled.map(|(reason, _)| DisabledReason::as_str(reason)),
            disabled_since: disabled.map(|(_, since)| Text(since)),
            secret_created_at: Text(summary.secret_created_at),
            old_secret_signs_until: summary.old_secret_signs_until.map(Text),
            last_recovery: summary.last_recovery.as_ref().map(Into::into),
        }
    }
}

#[derive(Serialize)]
struct BreakerBody {
    state: &'static str,
    until: Option<Text<Timestamp>>,
    openings: u32,
}

impl From<Breaker> for BreakerBody {
    fn from(breaker: Breaker) -> Self {
        match breaker {
            Breaker::Closed => Self {
                state: "closed",
                until: None,
                openings: 0,
            },
            Breaker::Open { until, openings } => Self {
                state: "open",
                until: Some(Text(until)),
                openings,
            },
        }
    }
}

#[derive(Serialize)]
struct FailingBody {
    since: Text<Timestamp>,
    attempts: u32,
}

impl From<Failing> for FailingBody {
    fn from(failing: Failing) -> Self {
        Self {
            since: Text(failing.since),
            attempts: failing.attempts,
        }
    }
}
