//! Builders of reports.

use users_domain::model::evidence::{
    Approval, Identity, PortraitUrl, Revision, RiskEvent, RiskEventId, RiskKind, RiskReport,
    RuleAction, SentDigest, SessionId, SessionReport, SessionRevision, SessionStatus,
    TransactionId, TransactionReport, TransactionRevision, TransactionStatus,
};
use users_domain::model::{
    CountryCode, DateOfBirth, Email, Features, FullName, Phone, Timestamp, VendorData,
};

use crate::{base_time, vendor_data};

/// A report of a session or a transaction. A call accepts reports of one kind only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A session report.
    Session(SessionReport),
    /// A transaction report.
    Transaction(TransactionReport),
}

impl Report {
    /// The `vendor_data` of the user.
    #[must_use]
    pub fn vendor_data(&self) -> &VendorData {
        match self {
            Self::Session(report) => &report.vendor_data,
            Self::Transaction(report) => &report.vendor_data,
        }
    }

    /// The time of the reported state.
    pub const fn occurred_at(&self) -> Timestamp {
        match self {
            Self::Session(report) => report.state.occurred_at,
            Self::Transaction(report) => report.state.occurred_at,
        }
    }
}

/// The time `seconds` after [`base_time`].
pub fn second(seconds: u32) -> Timestamp {
    base_time().plus_millis(u64::from(seconds) * 1_000)
}

/// The revision of this number.
#[must_use]
pub fn revision(number: u64) -> Revision {
    Revision::new(number).expect("a revision")
}

/// Parses a session id.
#[must_use]
pub fn session_id(text: &str) -> SessionId {
    SessionId::parse(text).expect("a session id")
}

/// Parses a transaction id.
#[must_use]
pub fn transaction_id(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("a transaction id")
}

/// A session report. Its time is `number` seconds after [`base_time`]; an approval contains all fields, with values
/// derived from the session id.
#[must_use]
pub fn a_session_report(
    session: &str,
    name: &str,
    number: u64,
    status: SessionStatus,
) -> SessionReport {
    let seconds = u32::try_from(number).expect("a small revision");
    SessionReport {
        session: session_id(session),
        vendor_data: vendor_data(name),
        state: SessionRevision::new(
            revision(number),
            status,
            second(seconds),
            Features::new(),
            an_approval(session),
        ),
        sent: SentDigest::of([]),
    }
}

/// An approval with all fields, with values derived from `word`.
#[must_use]
pub fn an_approval(word: &str) -> Approval {
    Approval {
        identity: Identity {
            full_name: FullName::parse(format!("Name {word}")).ok(),
            date_of_birth: DateOfBirth::from_stored(base_time().date() - chrono::Days::new(9_000))
                .ok(),
            issuing_state: CountryCode::parse("ESP").ok(),
            portrait_image_url: PortraitUrl::parse(format!("https://portraits.test/{word}")).ok(),
        },
        emails: Email::parse(format!("{word}@example.org")).into_iter().collect(),
        phones: Phone::parse("+4930123456").into_iter().collect(),
    }
}

/// A report of a transaction in review. Its time is `number` seconds after [`base_time`].
#[must_use]
pub fn a_transaction_report(
    transaction: &str,
    name: &str,
    number: u64,
    actions: &[RuleAction],
) -> TransactionReport {
    let seconds = u32::try_from(number).expect("a small revision");
    TransactionReport {
        transaction: transaction_id(transaction),
        vendor_data: vendor_data(name),
        state: TransactionRevision {
            revision: revision(number),
            status: TransactionStatus::InReview,
            occurred_at: second(seconds),
            rule_actions: actions.iter().copied().collect(),
            incomplete: None,
        },
        sent: SentDigest::of([]),
    }
}

/// A report of a risk event without detail.
#[must_use]
pub fn a_risk_report(event: &str, name: &str, kind: RiskKind) -> RiskReport {
    RiskReport {
        vendor_data: vendor_data(name),
        event: RiskEvent {
            id: RiskEventId::parse(event).expect("a risk event id"),
            kind,
            detail: None,
            incomplete: None,
        },
        sent: SentDigest::of([]),
    }
}
