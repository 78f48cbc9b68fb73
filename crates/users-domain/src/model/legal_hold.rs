//! Legal holds: who may be neither deleted nor erased for a while.

use super::{Reason, Timestamp};

/// Why a user may be neither deleted nor erased. It stands until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Since when. Another reason does not begin it anew.
    pub since: Timestamp,
    /// Why, in words: of the newest wish for it.
    pub reason: Reason,
}
