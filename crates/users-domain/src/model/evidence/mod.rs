//! What other services report about a user: verification sessions, transactions and risk events. Of each, one row is kept
//! with its newest revision (docs/API.md).

mod risk_event;
mod session;
mod transaction;

pub use risk_event::{RiskEvent, RiskKind, RiskReport};
pub use session::{
    Approval, Identity, PortraitUrl, Session, SessionReport, SessionRevision, SessionStatus,
};
pub use transaction::{
    RuleAction, Transaction, TransactionReport, TransactionRevision, TransactionStatus,
};

use chrono::Datelike as _;

use super::digest::digest_of;
use super::names::short_text;
use super::{DateOfBirth, InvalidValue, Json, Timestamp, UserId, VendorData};

short_text!(
    /// What the service that ran it calls a session; scoped by the application.
    SessionId,
    128
);
short_text!(
    /// What the service that ran it calls a transaction; scoped by the application.
    TransactionId,
    128
);
short_text!(
    /// What the service that found it calls a risk event; scoped by the application.
    RiskEventId,
    128
);

/// Which state of a session or transaction a report tells: grows with every change there, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// The greatest revision: what JSON keeps exactly.
    pub const MAX: u64 = 1 << 53;

    /// # Errors
    /// [`InvalidValue::OutOfRange`] for 0 and for more than [`Self::MAX`].
    pub const fn new(number: u64) -> Result<Self, InvalidValue> {
        if number >= 1 && number <= Self::MAX {
            Ok(Self(number))
        } else {
            Err(InvalidValue::OutOfRange {
                min: 1,
                max: Self::MAX,
            })
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What a report said, as it was sent: repeats are recognised by it where not all of it could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentDigest([u8; 32]);

impl SentDigest {
    /// Of these members, in this order.
    pub fn of<'a>(members: impl IntoIterator<Item = (&'a str, &'a Json)>) -> Self {
        let members = members.into_iter();
        let parts: Vec<_> = members
            .flat_map(|(name, json)| [name.to_owned(), json.to_string()])
            .collect();
        let parts: Vec<_> = parts.iter().map(String::as_bytes).collect();
        Self(digest_of(&parts))
    }

    /// As a store kept it.
    #[must_use]
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

/// How far ahead of this service's clock a reported time may lie, in minutes. What is later is taken as now.
pub const MOST_MINUTES_AHEAD: u64 = 5;

/// The first year in which what is reported may have happened: the first in which a person may be born. Whatever is told
/// of an earlier one is a defect of its reporter, and not every store has such times.
pub const EARLIEST_REPORTED_YEAR: i32 = DateOfBirth::EARLIEST_YEAR;

/// A reported time, or `now` where it is further ahead than clocks differ.
///
/// # Errors
/// [`InvalidValue::BeforeEarliestTime`].
pub fn reported_time(at: Timestamp, now: Timestamp) -> Result<Timestamp, InvalidValue> {
    if at.date().year() < EARLIEST_REPORTED_YEAR {
        return Err(InvalidValue::BeforeEarliestTime {
            year: EARLIEST_REPORTED_YEAR,
        });
    }
    let latest = now.plus_millis(MOST_MINUTES_AHEAD * 60_000);
    Ok(if at > latest { now } else { at })
}

/// The earliest and the latest time of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// The earliest.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
}

impl TimeSpan {
    /// Of one time.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self {
            first: time,
            last: time,
        }
    }

    /// With another time.
    #[must_use]
    pub fn with(self, time: Timestamp) -> Self {
        Self {
            first: self.first.min(time),
            last: self.last.max(time),
        }
    }
}

/// Names a kept row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceId {
    /// A session.
    Session(SessionId),
    /// A transaction.
    Transaction(TransactionId),
    /// A risk event.
    RiskEvent(RiskEventId),
}

/// A kept row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A session.
    Session(Session),
    /// A transaction.
    Transaction(Transaction),
    /// A risk event.
    RiskEvent(RiskEvent),
}

impl Evidence {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> EvidenceId {
        match self {
            Self::Session(session) => EvidenceId::Session(session.id.clone()),
            Self::Transaction(transaction) => EvidenceId::Transaction(transaction.id.clone()),
            Self::RiskEvent(event) => EvidenceId::RiskEvent(event.id.clone()),
        }
    }
}

/// Whose a kept row is. It never changes hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOwner {
    /// The user.
    pub user: UserId,
    /// What the application calls it.
    pub vendor_data: VendorData,
    /// Whether it was deleted since.
    pub deleted: bool,
}

/// A kept row and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvidence {
    /// Whose.
    pub owner: EvidenceOwner,
    /// The row.
    pub evidence: Evidence,
}

/// A row as it is to be kept from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceChange {
    /// As it was kept until now; none for a new row.
    pub before: Option<Evidence>,
    /// As it is to be.
    pub after: Evidence,
}

/// All that is kept of a user that its standing follows from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// All its sessions, in any order.
    pub sessions: Vec<Session>,
    /// The latest reported time of its transactions.
    pub last_transaction_at: Option<Timestamp>,
}

/// What came of a report that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportOutcome {
    /// It is the newest revision now.
    Applied,
    /// It was known.
    Duplicate,
    /// A newer revision was known.
    Stale,
}

impl ReportOutcome {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_begin_with_one_and_fit_into_json() {
        assert!(Revision::new(0).is_err());
        assert_eq!(Revision::new(1).unwrap().number(), 1);
        assert!(Revision::new(Revision::MAX).is_ok());
        assert!(Revision::new(Revision::MAX + 1).is_err());
    }

    #[test]
    fn a_report_is_of_1900_at_the_earliest_and_of_now_where_it_is_further_ahead_than_clocks_differ()
    {
        let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let at = |text| reported_time(Timestamp::parse(text).unwrap(), now);
        assert_eq!(
            at("2026-01-01T00:05:00Z"),
            Ok(now.plus_millis(MOST_MINUTES_AHEAD * 60_000))
        );
        assert_eq!(at("2026-01-01T00:05:00.000001Z"), Ok(now));
        assert!(at("1900-01-01T00:00:00Z").is_ok());
        assert!(at("1899-12-31T23:00:00-01:00").is_ok(), "in UTC");
        for text in [
            "1899-12-31T23:59:59.999999Z",
            "1900-01-01T00:00:00+01:00",
            "0001-01-01T00:00:00Z",
            "0000-01-01T00:00:00+01:00",
        ] {
            let refused = Err(InvalidValue::BeforeEarliestTime { year: 1900 });
            assert_eq!(at(text), refused, "{text}");
        }
    }
}
