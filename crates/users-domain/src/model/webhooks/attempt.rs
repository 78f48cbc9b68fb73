//! What came of sending.

use std::time::Duration;

use crate::model::{
    ApplicationId, AttemptId, DestinationId, EventId, InvalidValue, PageSize, TimeRange, Timestamp,
};

/// Why an attempt got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportError {
    /// The name has no address.
    NameNotResolved,
    /// The address must never be called.
    AddressForbidden,
    /// No connection could be made.
    NotConnected,
    /// No secure connection could be made.
    TlsFailed,
    /// The time for the whole exchange was over.
    TimedOut,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// The secrets could not be opened: nothing was sent. Builds of before logged this; now no attempt is made.
    SecretsSealed,
    /// The event's body was erased with its user: there is nothing to send.
    Erased,
}

impl TransportError {
    /// Every error.
    pub const ALL: [Self; 8] = [
        Self::NameNotResolved,
        Self::AddressForbidden,
        Self::NotConnected,
        Self::TlsFailed,
        Self::TimedOut,
        Self::Broken,
        Self::SecretsSealed,
        Self::Erased,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameNotResolved => "name_not_resolved",
            Self::AddressForbidden => "address_forbidden",
            Self::NotConnected => "not_connected",
            Self::TlsFailed => "tls_failed",
            Self::TimedOut => "timed_out",
            Self::Broken => "connection_broken",
            Self::SecretsSealed => "secrets_unavailable",
            Self::Erased => "erased",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|error| error.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// What the header `Retry-After` asks for (RFC 9110 section 10.2.3), not yet clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long from now.
    In(Duration),
    /// At this time of the receiver's clock.
    At(Timestamp),
}

/// What an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A whole HTTP answer within the time.
    Status {
        /// Its status code.
        code: u16,
        /// Its `Retry-After`, where it has a valid one.
        retry_after: Option<RetryAfter>,
    },
    /// Less than that.
    Nothing {
        /// What went wrong.
        error: TransportError,
        /// The status code, where it came before that.
        code: Option<u16>,
    },
}

impl Answer {
    /// Whether the receiver has the event: any 2xx.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::Status {
                code: 200..=299,
                ..
            }
        )
    }

    /// The status code, if one came.
    #[must_use]
    pub const fn status_code(self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(code),
            Self::Nothing { code, .. } => code,
        }
    }

    /// What went wrong on the way.
    #[must_use]
    pub const fn transport_error(self) -> Option<TransportError> {
        match self {
            Self::Status { .. } => None,
            Self::Nothing { error, .. } => Some(error),
        }
    }
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptOutcome {
    /// The receiver has the event.
    Delivered,
    /// It does not.
    Failed,
    /// It does not, and no further attempt is made by itself.
    DeadLettered,
}

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::DeadLettered];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::DeadLettered => "dead_lettered",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The receiver has it.
    Done,
    /// It is tried again so long from now.
    Retry {
        /// How long.
        after: Duration,
    },
    /// It is put aside.
    DeadLetter,
}

impl NextStep {
    /// What the log says of the attempt.
    #[must_use]
    pub const fn outcome(self) -> AttemptOutcome {
        match self {
            Self::Done => AttemptOutcome::Delivered,
            Self::Retry { .. } => AttemptOutcome::Failed,
            Self::DeadLetter => AttemptOutcome::DeadLettered,
        }
    }
}

/// Why an attempt was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptTrigger {
    /// The event was due.
    Schedule,
    /// A client asked for that event again.
    Resend,
    /// A client asked for a test event.
    Test,
}

impl AttemptTrigger {
    /// Every trigger.
    pub const ALL: [Self; 3] = [Self::Schedule, Self::Resend, Self::Test];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Resend => "resend",
            Self::Test => "test",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|trigger| trigger.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// One attempt, as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id: what the API calls the delivery's.
    pub id: AttemptId,
    /// Whose.
    pub application: ApplicationId,
    /// Where to.
    pub destination: DestinationId,
    /// What.
    pub event: EventId,
    /// When the event was stored; with its id it finds the event. For a test event, when that was made.
    pub event_recorded_at: Timestamp,
    /// `webhook_type` of the body.
    pub webhook_type: String,
    /// Why.
    pub trigger: AttemptTrigger,
    /// The how manieth by the schedule, from 1; 1 for any other trigger.
    pub number: u32,
    /// The status code, if one came.
    pub status_code: Option<u16>,
    /// What went wrong on the way.
    pub error: Option<TransportError>,
    /// How long it took, in milliseconds.
    pub duration_ms: u32,
    /// What it came to.
    pub outcome: AttemptOutcome,
    /// When it was over.
    pub created_at: Timestamp,
    /// When the next one is due by the schedule.
    pub next_attempt_at: Option<Timestamp>,
}

/// Which attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttemptFilter {
    /// By when they were over: from inclusive, to exclusive.
    pub created_at: TimeRange,
    /// By what they came to; `None`: all.
    pub outcomes: Option<Vec<AttemptOutcome>>,
}

/// Where a page of attempts begins, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptStart {
    /// After so many.
    Offset(u64),
    /// Behind this one.
    After {
        /// When it was over.
        created_at: Timestamp,
        /// Its id.
        id: AttemptId,
    },
}

/// A question for attempts of one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptQuery {
    /// Which.
    pub filter: AttemptFilter,
    /// From where on.
    pub start: AttemptStart,
    /// How many at most.
    pub limit: PageSize,
}

/// Attempts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptPage {
    /// At most as many as asked for.
    pub attempts: Vec<Attempt>,
    /// Whether older ones follow.
    pub more: bool,
}
