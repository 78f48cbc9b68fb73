//! Legal holds: a user under legal hold can be neither deleted nor erased.

use super::{Reason, Timestamp};

/// A legal hold on a user, in force until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// When the hold was set. Changing the reason does not change this time.
    pub since: Timestamp,
    /// The reason given by the latest request that set the hold.
    pub reason: Reason,
}
