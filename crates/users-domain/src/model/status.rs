//! The status of a user and the triggers of status changes.

use super::InvalidValue;

/// The status of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserStatus {
    /// The user has no restrictions.
    Active,
    /// An analyst must review the user.
    Flagged,
    /// The user may not start anything new.
    Blocked,
}

impl UserStatus {
    /// Every status, in order of severity.
    pub const ALL: [Self; 3] = [Self::Active, Self::Flagged, Self::Blocked];

    /// The value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Flagged => "FLAGGED",
            Self::Blocked => "BLOCKED",
        }
    }

    /// Parses the exact value of the API.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// Cause of a status change (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusTrigger {
    /// A compliance officer changed the status.
    Analyst,
    /// A key with another role changed the status.
    Api,
    /// A transaction rule requested `flag` or `block`.
    TransactionRule,
    /// Ongoing anti-money-laundering screening had a hit.
    OngoingAml,
    /// A session was declined, and the application blocks users on decline.
    SessionDeclined,
    /// The person is on a blocklist.
    BlocklistMatch,
}

impl StatusTrigger {
    /// Every trigger.
    pub const ALL: [Self; 6] = [
        Self::Analyst,
        Self::Api,
        Self::TransactionRule,
        Self::OngoingAml,
        Self::SessionDeclined,
        Self::BlocklistMatch,
    ];

    /// The trigger with this name (see [`Self::as_str`]), or `None`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|trigger| trigger.as_str() == word)
    }

    /// The name of the trigger in audit entries. The action of a transaction rule is visible in the resulting status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Api => "api",
            Self::TransactionRule => "transaction_rule",
            Self::OngoingAml => "ongoing_aml",
            Self::SessionDeclined => "session_declined",
            Self::BlocklistMatch => "blocklist_match",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_have_the_names_of_the_api_contract() {
        assert_eq!(
            StatusTrigger::ALL.map(StatusTrigger::as_str),
            [
                "analyst",
                "api",
                "transaction_rule",
                "ongoing_aml",
                "session_declined",
                "blocklist_match",
            ]
        );
    }
}
