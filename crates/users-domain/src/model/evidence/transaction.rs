//! Transactions and the actions that transaction rules request.

use std::collections::BTreeSet;

use super::{Revised, Revision, SentDigest, TransactionId};
use crate::model::words::words;
use crate::model::{Timestamp, VendorData};

words!(
    /// Status of a transaction (docs/API.md).
    TransactionStatus {
        /// The transaction is allowed.
        Approved = "APPROVED",
        /// Waits for the decision of an analyst.
        InReview = "IN_REVIEW",
        /// The transaction is not allowed.
        Declined = "DECLINED",
        /// Waits for an action of the person.
        AwaitingUser = "AWAITING_USER",
    }
);

words!(
    /// Action that a transaction rule requests (docs/API.md).
    RuleAction {
        /// Flag the user for review by an analyst.
        Flag = "flag",
        /// Block the user.
        Block = "block",
    }
);

/// The whole state of a transaction at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRevision {
    /// The revision number.
    pub revision: Revision,
    /// The status of the transaction.
    pub status: TransactionStatus,
    /// When the transaction entered this status.
    pub occurred_at: Timestamp,
    /// The actions that the rules request.
    pub rule_actions: BTreeSet<RuleAction>,
    /// Digest of the report, if parts of the report could not be used.
    pub incomplete: Option<SentDigest>,
}

/// A report of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReport {
    /// Id of the transaction.
    pub transaction: TransactionId,
    /// The `vendor_data` of the user.
    pub vendor_data: VendorData,
    /// The reported state.
    pub state: TransactionRevision,
    /// Digest of the report as sent.
    pub sent: SentDigest,
}

/// A stored transaction.
pub type Transaction = Revised<TransactionId, TransactionRevision>;
