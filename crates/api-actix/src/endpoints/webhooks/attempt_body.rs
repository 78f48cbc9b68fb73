//! Delivery attempts, which the API calls deliveries, and recoveries in response bodies.

use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, AttemptTrigger, Recovery, RecoveryState, TransportError,
};
use users_domain::model::{AttemptId, EventId, RecoveryId, Timestamp};

use crate::http::page::Row;
use crate::http::text::{Text, Word};

/// An attempt to deliver an event.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
pub(super) struct AttemptBody<'a> {
    uuid: Text<AttemptId>,
    /// The `webhook-id`, equal for all attempts.
    event_id: Text<EventId>,
    webhook_type: &'a str,
    trigger: Word<AttemptTrigger>,
    /// The attempt number on the retry schedule, from 1.
    #[schemars(range(min = 1))]
    attempt: u32,
    outcome: Word<AttemptOutcome>,
    /// The receiver's status, if it responded.
    #[schemars(range(min = 100, max = 999))]
    status_code: Option<u16>,
    /// The transport error; null if there was none.
    error: Option<Word<TransportError>>,
    /// The duration, in milliseconds.
    duration_ms: u32,
    /// When the attempt ended.
    created_at: Text<Timestamp>,
    /// When the next attempt is due.
    next_attempt_at: Option<Text<Timestamp>>,
}

impl Row for AttemptBody<'_> {
    const PAGE: &'static str = "DeliveryPage";
}

impl<'a> From<&'a Attempt> for AttemptBody<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            uuid: Text(attempt.id),
            event_id: Text(attempt.event),
            webhook_type: &attempt.webhook_type,
            trigger: Word(attempt.trigger),
            attempt: attempt.number,
            outcome: Word(attempt.outcome),
            status_code: attempt.status_code,
            error: attempt.error.map(Word),
            duration_ms: attempt.duration_ms,
            created_at: Text(attempt.created_at),
            next_attempt_at: attempt.next_attempt_at.map(Text),
        }
    }
}

/// The attempt to deliver a test event, and the receiver's response.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestDelivery")]
pub(super) struct TestBody<'a> {
    #[serde(flatten)]
    attempt: AttemptBody<'a>,
    /// The beginning of the receiver's response.
    response_body: &'a str,
}

impl<'a> TestBody<'a> {
    /// `response_body` is the beginning of the receiver's response.
    pub(super) fn new(attempt: &'a Attempt, response_body: &'a str) -> Self {
        Self { attempt: attempt.into(), response_body }
    }
}

/// A job that queues finally failed deliveries again.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Recovery")]
pub(super) struct RecoveryBody {
    uuid: Text<RecoveryId>,
    state: Word<RecoveryState>,
    since: Text<Timestamp>,
    /// The number of deliveries that were queued again.
    recovered: u64,
    created_at: Text<Timestamp>,
    finished_at: Option<Text<Timestamp>>,
}

impl From<&Recovery> for RecoveryBody {
    fn from(recovery: &Recovery) -> Self {
        Self {
            uuid: Text(recovery.id),
            state: Word(recovery.state),
            since: Text(recovery.since),
            recovered: recovery.recovered,
            created_at: Text(recovery.created_at),
            finished_at: recovery.finished_at.map(Text),
        }
    }
}
