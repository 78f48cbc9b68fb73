//! Evidence that other services report about a user, each stored as one row with its newest revision (docs/API.md).

mod risk_event;
mod session;
mod transaction;

pub use risk_event::*;
pub use session::*;
pub use transaction::*;

pub use super::profile::Identity;

use chrono::Datelike as _;

use super::digest::digest_of;
use super::names::short_text;
use super::words::words;
use super::{DateOfBirth, InvalidValue, Json, Timestamp, UserId, VendorData};

short_text!(
    /// Id of a session, assigned by the service that ran it; unique per application.
    SessionId,
    128
);
short_text!(
    /// Id of a transaction, assigned by the service that ran it; unique per application.
    TransactionId,
    128
);
short_text!(
    /// Id of a risk event, assigned by the service that found it; unique per application.
    RiskEventId,
    128
);

/// Revision number of a session or transaction, from 1. The reporting service increases it with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// The greatest revision: 2^53, up to which JSON numbers are exact.
    pub const MAX: u64 = 1 << 53;

    /// # Errors
    /// [`InvalidValue::OutOfRange`] for 0 and for more than [`Self::MAX`].
    pub const fn new(number: u64) -> Result<Self, InvalidValue> {
        if number >= 1 && number <= Self::MAX {
            Ok(Self(number))
        } else {
            Err(InvalidValue::OutOfRange { min: 1, max: Self::MAX })
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Digest of a report as sent. Identifies a repeated report when parts of the report could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentDigest([u8; 32]);

impl SentDigest {
    /// Computes the digest of these members, in this order.
    pub fn of<'a>(members: impl IntoIterator<Item = (&'a str, &'a Json)>) -> Self {
        let members = members.into_iter();
        let parts: Vec<_> =
            members.flat_map(|(name, json)| [name.to_owned(), json.to_string()]).collect();
        let parts: Vec<_> = parts.iter().map(String::as_bytes).collect();
        Self(digest_of(&parts))
    }

    /// Wraps a stored digest.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

/// How many minutes a reported time may be ahead of this service's clock; a later one becomes the current time.
pub const MAX_MINUTES_AHEAD: u64 = 5;

/// The earliest year of a reported time, as of a birth: not every store can represent earlier times.
pub const EARLIEST_REPORTED_YEAR: i32 = DateOfBirth::EARLIEST_YEAR;

/// Returns a reported time, or `now` if the time is more than [`MAX_MINUTES_AHEAD`] ahead.
///
/// # Errors
/// [`InvalidValue::BeforeEarliestTime`].
pub fn reported_time(at: Timestamp, now: Timestamp) -> Result<Timestamp, InvalidValue> {
    if at.date().year() < EARLIEST_REPORTED_YEAR {
        return Err(InvalidValue::BeforeEarliestTime { year: EARLIEST_REPORTED_YEAR });
    }
    let latest = now.plus_millis(MAX_MINUTES_AHEAD * 60_000);
    Ok(if at > latest { now } else { at })
}

/// The earliest and the latest of several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct TimeSpan {
    /// The earliest.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
}

impl TimeSpan {
    /// The span of a single time.
    pub const fn at(time: Timestamp) -> Self {
        Self { first: time, last: time }
    }

    /// The span extended to include another time.
    pub fn with(self, time: Timestamp) -> Self {
        Self { first: self.first.min(time), last: self.last.max(time) }
    }
}

/// A stored session or transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised<Id, State> {
    /// Id of the session or transaction.
    pub id: Id,
    /// The newest state.
    pub newest: State,
    /// The time span of all reported revisions, including stale ones.
    pub seen: TimeSpan,
}

/// Identifies a stored row of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceId {
    /// A session.
    Session(SessionId),
    /// A transaction.
    Transaction(TransactionId),
    /// A risk event.
    RiskEvent(RiskEventId),
}

/// A stored row of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A session.
    Session(Session),
    /// A transaction.
    Transaction(Transaction),
    /// A risk event.
    RiskEvent(RiskEvent),
}

impl From<Session> for Evidence {
    fn from(session: Session) -> Self {
        Self::Session(session)
    }
}

impl From<Transaction> for Evidence {
    fn from(transaction: Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl From<RiskEvent> for Evidence {
    fn from(event: RiskEvent) -> Self {
        Self::RiskEvent(event)
    }
}

impl Evidence {
    /// The id of the row.
    #[must_use]
    pub fn id(&self) -> EvidenceId {
        match self {
            Self::Session(session) => EvidenceId::Session(session.id.clone()),
            Self::Transaction(transaction) => EvidenceId::Transaction(transaction.id.clone()),
            Self::RiskEvent(event) => EvidenceId::RiskEvent(event.id.clone()),
        }
    }
}

/// The user to which a row of evidence belongs. The owner of a row never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOwner {
    /// The user.
    pub user: UserId,
    /// The `vendor_data` of the user.
    pub vendor_data: VendorData,
    /// Whether the user is deleted.
    pub deleted: bool,
}

/// A stored row of evidence with its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvidence {
    /// The owner.
    pub owner: EvidenceOwner,
    /// The row.
    pub evidence: Evidence,
}

/// A change of a row of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceChange {
    /// The stored row; `None` for a new row.
    pub before: Option<Evidence>,
    /// The row to store.
    pub after: Evidence,
}

/// The stored evidence from which the counters, features and activity times of a user derive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// All sessions of the user, in any order.
    pub sessions: Vec<Session>,
    /// The latest reported time of the user's transactions.
    pub last_transaction_at: Option<Timestamp>,
}

words!(
    /// The outcome of an accepted report.
    ReportOutcome {
        /// The report is now the newest revision.
        Applied = "applied",
        /// The same revision was already stored.
        Duplicate = "duplicate",
        /// A newer revision was already stored.
        Stale = "stale",
    }
);

#[cfg(test)]
mod tests;
