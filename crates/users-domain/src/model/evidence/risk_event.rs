//! Risk events: findings of screening services about a user.

use super::{RiskEventId, SentDigest};
use crate::model::words::words;
use crate::model::{Reason, VendorData};

words!(
    /// Kind of a finding (docs/API.md).
    RiskKind {
        /// Ongoing anti-money-laundering screening had a hit.
        OngoingAml = "ongoing_aml",
        /// The person is on a blocklist.
        BlocklistMatch = "blocklist_match",
    }
);

/// A stored risk event. Risk events have no revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskEvent {
    /// Id of the risk event.
    pub id: RiskEventId,
    /// Kind of the finding.
    pub kind: RiskKind,
    /// Description of the finding.
    pub detail: Option<Reason>,
    /// Digest of the report, if parts of the report could not be used.
    pub incomplete: Option<SentDigest>,
}

impl RiskEvent {
    /// The finding as text for a comment.
    #[must_use]
    pub fn words(&self) -> String {
        let found = match self.kind {
            RiskKind::OngoingAml => "ongoing AML screening had a hit",
            RiskKind::BlocklistMatch => "a blocklist had a match",
        };
        let detail = self.detail.as_ref().map(Reason::as_str);
        detail.map_or_else(|| found.to_owned(), |detail| format!("{found}: {detail}"))
    }
}

/// A report of a risk event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskReport {
    /// The `vendor_data` of the user.
    pub vendor_data: VendorData,
    /// The risk event.
    pub event: RiskEvent,
    /// Digest of the report as sent.
    pub sent: SentDigest,
}
