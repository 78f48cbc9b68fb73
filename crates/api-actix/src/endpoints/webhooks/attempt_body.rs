//! Delivery attempts in response bodies; the API calls them deliveries.

use serde::Serialize;
use users_domain::model::webhooks::{Attempt, TransportError};
use users_domain::model::{AttemptId, EventId, Timestamp};

use crate::http::text::Text;

/// One attempt.
#[derive(Serialize)]
pub(super) struct AttemptBody<'a> {
    uuid: Text<AttemptId>,
    event_id: Text<EventId>,
    webhook_type: &'a str,
    trigger: &'static str,
    attempt: u32,
    outcome: &'static str,
    status_code: Option<u16>,
    error: Option<&'static str>,
    duration_ms: u32,
    created_at: Text<Timestamp>,
    next_attempt_at: Option<Text<Timestamp>>,
}

impl<'a> From<&'a Attempt> for AttemptBody<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            uuid: Text(attempt.id),
            event_id: Text(attempt.event),
            webhook_type: &attempt.webhook_type,
            trigger: attempt.trigger.as_str(),
            attempt: attempt.number,
            outcome: attempt.outcome.as_str(),
            status_code: attempt.status_code,
            error: attempt.error.map(TransportError::as_str),
            duration_ms: attempt.duration_ms,
            created_at: Text(attempt.created_at),
            next_attempt_at: attempt.next_attempt_at.map(Text),
        }
    }
}

/// The attempt to deliver a test event, and the receiver's response.
#[derive(Serialize)]
pub(super) struct TestBody<'a> {
    #[serde(flatten)]
    attempt: AttemptBody<'a>,
    response_body: &'a str,
}

impl<'a> TestBody<'a> {
    /// `response_body` is the beginning of the receiver's response.
    pub(super) fn new(attempt: &'a Attempt, response_body: &'a str) -> Self {
        Self {
            attempt: attempt.into(),
            response_body,
        }
    }
}
