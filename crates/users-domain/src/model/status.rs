//! Where a user stands.

use super::InvalidValue;

/// The status of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserStatus {
    /// Nothing stands against the user.
    Active,
    /// An analyst should look.
    Flagged,
    /// The user may do nothing new.
    Blocked,
}

impl UserStatus {
    /// Every status, in order of severity.
    pub const ALL: [Self; 3] = [Self::Active, Self::Flagged, Self::Blocked];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Flagged => "FLAGGED",
            Self::Blocked => "BLOCKED",
        }
    }

    /// Reads the word of the API, exactly.
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

/// What may cause a change of status (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusTrigger {
    /// A compliance officer decided.
    Analyst,
    /// Another key that may change a status asked.
    Api,
    /// A transaction rule said `flag` or `block`.
    TransactionRule,
    /// Ongoing anti-money-laundering screening had a hit.
    OngoingAml,
    /// A session was declined where the application blocks on decline.
    SessionDeclined,
    /// The person stands on a blocklist.
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

    /// The trigger of this word, if there is one.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|trigger| trigger.as_str() == word)
    }

    /// The word that audit entries keep. What a rule said shows in the status that came of it.
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
    fn triggers_are_written_in_the_words_of_the_contract() {
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
