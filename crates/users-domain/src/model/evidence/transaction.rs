//! Transactions, and what the rules that watch them ask for.

use std::collections::BTreeSet;

use super::{Revision, SentDigest, TimeSpan, TransactionId};
use crate::model::features::words;
use crate::model::{InvalidValue, Timestamp, VendorData};

words!(
    /// Where a transaction stands (docs/API.md).
    TransactionStatus {
        /// It may go on.
        Approved = "APPROVED",
        /// An analyst decides.
        InReview = "IN_REVIEW",
        /// It may not.
        Declined = "DECLINED",
        /// The person has to do something first.
        AwaitingUser = "AWAITING_USER",
    }
);

words!(
    /// What a transaction rule asks for (docs/API.md).
    RuleAction {
        /// An analyst should look at the user.
        Flag = "flag",
        /// The user is to be blocked.
        Block = "block",
    }
);

/// The whole state of a transaction at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRevision {
    /// Which.
    pub revision: Revision,
    /// Where the transaction stands.
    pub status: TransactionStatus,
    /// When it came to stand there.
    pub occurred_at: Timestamp,
    /// What the rules ask for.
    pub rule_actions: BTreeSet<RuleAction>,
    /// What was sent, where not all of it could be used.
    pub incomplete: Option<SentDigest>,
}

/// What a service says about a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionReport {
    /// Which transaction.
    pub transaction: TransactionId,
    /// Whose.
    pub vendor_data: VendorData,
    /// Its state.
    pub state: TransactionRevision,
    /// What was sent of it.
    pub sent: SentDigest,
}

/// A kept transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Which.
    pub id: TransactionId,
    /// Its newest state.
    pub newest: TransactionRevision,
    /// The times of all its revisions that were ever reported, stale ones too.
    pub seen: TimeSpan,
}
