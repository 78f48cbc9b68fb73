//! What screening finds about a user.

use super::{RiskEventId, SentDigest};
use crate::model::features::words;
use crate::model::{InvalidValue, Reason, VendorData};

words!(
    /// What was found (docs/API.md).
    RiskKind {
        /// Ongoing anti-money-laundering screening had a hit.
        OngoingAml = "ongoing_aml",
        /// The person stands on a blocklist.
        BlocklistMatch = "blocklist_match",
    }
);

/// A kept risk event. It has no revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskEvent {
    /// Which.
    pub id: RiskEventId,
    /// What was found.
    pub kind: RiskKind,
    /// In words.
    pub detail: Option<Reason>,
    /// What was sent, where not all of it could be used.
    pub incomplete: Option<SentDigest>,
}

impl RiskEvent {
    /// What was found, as a comment says it.
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

/// What a service says about a risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskReport {
    /// About whom.
    pub vendor_data: VendorData,
    /// What.
    pub event: RiskEvent,
    /// What was sent of it.
    pub sent: SentDigest,
}
