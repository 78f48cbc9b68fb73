//! Delivery attempts: responses, outcomes, log entries and queries.

use std::time::Duration;

use crate::model::words::words;
use crate::model::{
    ApplicationId, AttemptId, DestinationId, EventId, PageSize, TimeRange, Timestamp,
};

words!(
    /// Why an attempt received no complete response.
    TransportError {
        /// The host name has no address.
        NameNotResolved = "name_not_resolved",
        /// The URL policy forbids the address.
        AddressForbidden = "address_forbidden",
        /// The connection could not be established.
        NotConnected = "not_connected",
        /// The TLS handshake failed.
        TlsFailed = "tls_failed",
        /// The whole exchange exceeded its time limit.
        TimedOut = "timed_out",
        /// The connection was interrupted, or the response was not valid HTTP.
        Broken = "connection_broken",
        /// Logged by earlier versions only: the secrets could not be opened, so nothing was sent.
        SecretsSealed = "secrets_unavailable",
        /// The event body was erased with its user, so nothing was sent.
        Erased = "erased",
    }
);

/// Value of the `Retry-After` header (RFC 9110 section 10.2.3), not yet clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this duration.
    In(Duration),
    /// At this time, by the receiver's clock.
    At(Timestamp),
}

/// Response to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A complete HTTP response within the time limit.
    Status {
        /// The status code.
        code: u16,
        /// The `Retry-After` value, if valid.
        retry_after: Option<RetryAfter>,
    },
    /// No complete response.
    Nothing {
        /// The transport error.
        error: TransportError,
        /// The status code, if received before the error.
        code: Option<u16>,
    },
}

impl Answer {
    /// Whether the receiver accepted the event: any 2xx status.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Status { code: 200..=299, .. })
    }

    /// The status code, if received.
    #[must_use]
    pub const fn status_code(self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(code),
            Self::Nothing { code, .. } => code,
        }
    }

    /// The transport error, if the response is not complete.
    #[must_use]
    pub const fn transport_error(self) -> Option<TransportError> {
        if let Self::Nothing { error, .. } = self { Some(error) } else { None }
    }
}

words!(
    /// Outcome of an attempt.
    AttemptOutcome {
        /// The receiver accepted the event.
        Delivered = "delivered",
        /// The attempt failed; a retry follows.
        Failed = "failed",
        /// The attempt failed, and no automatic retry follows.
        DeadLettered = "dead_lettered",
    }
);

/// The next step of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The receiver accepted the event.
    Done,
    /// The delivery is retried.
    Retry {
        /// The delay before the next attempt.
        after: Duration,
    },
    /// The delivery becomes a dead letter.
    DeadLetter,
}

impl NextStep {
    /// The outcome to log for the attempt.
    #[must_use]
    pub const fn outcome(self) -> AttemptOutcome {
        match self {
            Self::Done => AttemptOutcome::Delivered,
            Self::Retry { .. } => AttemptOutcome::Failed,
            Self::DeadLetter => AttemptOutcome::DeadLettered,
        }
    }
}

words!(
    /// Cause of an attempt.
    AttemptTrigger {
        /// The delivery was due on the schedule.
        Schedule = "schedule",
        /// A client requested to resend the event.
        Resend = "resend",
        /// A client requested a test event.
        Test = "test",
    }
);

/// One logged attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Id of the attempt, shown as the delivery id in the API.
    pub id: AttemptId,
    /// The application.
    pub application: ApplicationId,
    /// The destination.
    pub destination: DestinationId,
    /// The event.
    pub event: EventId,
    /// When the event was stored; needed with its id to look up the event. For a test event, when it was created.
    pub event_recorded_at: Timestamp,
    /// `webhook_type` of the body.
    pub webhook_type: String,
    /// Cause of the attempt.
    pub trigger: AttemptTrigger,
    /// Attempt number on the retry schedule, from 1; 1 for any other trigger.
    pub number: u32,
    /// The status code, if received.
    pub status_code: Option<u16>,
    /// The transport error, if the response is not complete.
    pub error: Option<TransportError>,
    /// Duration, in milliseconds.
    pub duration_ms: u32,
    /// The outcome.
    pub outcome: AttemptOutcome,
    /// When the attempt ended.
    pub created_at: Timestamp,
    /// When the next scheduled attempt is due.
    pub next_attempt_at: Option<Timestamp>,
}

/// Filter of attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptFilter {
    /// Range of the time at which the attempt ended.
    pub created_at: TimeRange,
    /// The accepted outcomes; `None` for all.
    pub outcomes: Option<Vec<AttemptOutcome>>,
}

/// Start of a page of attempts, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptStart {
    /// After this number of attempts.
    Offset(u64),
    /// After this attempt.
    After {
        /// When the attempt ended.
        created_at: Timestamp,
        /// Id of the attempt.
        id: AttemptId,
    },
}

/// Query for one page of attempts of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptQuery {
    /// The filter.
    pub filter: AttemptFilter,
    /// The start of the page.
    pub start: AttemptStart,
    /// The maximum number of attempts.
    pub limit: PageSize,
}

/// One page of attempts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptPage {
    /// The attempts, at most as many as requested.
    pub attempts: Vec<Attempt>,
    /// Whether older attempts follow.
    pub more: bool,
}
