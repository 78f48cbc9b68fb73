//! The status of a user and the triggers of status changes.

use super::words::words;

words!(
    /// The status of a user.
    UserStatus {
        /// The user has no restrictions.
        Active = "ACTIVE",
        /// An analyst must review the user.
        Flagged = "FLAGGED",
        /// The user may not start anything new.
        Blocked = "BLOCKED",
    }
);

words!(
    /// Cause of a status change (docs/API.md).
    StatusTrigger {
        /// A compliance officer changed the status.
        Analyst = "analyst",
        /// A key with another role changed the status.
        Api = "api",
        /// A transaction rule requested `flag` or `block`.
        TransactionRule = "transaction_rule",
        /// Ongoing anti-money-laundering screening had a hit.
        OngoingAml = "ongoing_aml",
        /// A session was declined, and the application blocks users on decline.
        SessionDeclined = "session_declined",
        /// The person is on a blocklist.
        BlocklistMatch = "blocklist_match",
    }
);
