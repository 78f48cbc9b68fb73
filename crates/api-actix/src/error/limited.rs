//! Whose limit a request is over, and what is told about it.

use users_domain::model::LimitSubject;

/// The requests that count together, as clients are told of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedRequests {
    /// What a key reads.
    Reads,
    /// What a key writes.
    Writes,
    /// What comes from an address without a valid key.
    Unauthenticated,
    /// What an address asks of routes that need no key.
    Public,
}

impl LimitedRequests {
    /// Those of this subject.
    pub(crate) const fn of(subject: LimitSubject) -> Self {
        match subject {
            LimitSubject::KeyReads { .. } => Self::Reads,
            LimitSubject::KeyWrites { .. } => Self::Writes,
            LimitSubject::Address(_) => Self::Unauthenticated,
            LimitSubject::Public(_) => Self::Public,
        }
    }

    /// The name of their policy in headers.
    pub(crate) const fn policy(self) -> &'static str {
        match self {
            Self::Reads => "read",
            Self::Writes => "write",
            Self::Unauthenticated => "unauthenticated",
            Self::Public => "public",
        }
    }

    /// What is told when there were too many.
    pub(crate) fn exceeded(self, per_minute: u32) -> String {
        let requests = match self {
            Self::Reads => "GET request",
            Self::Writes => "Write request",
            Self::Unauthenticated => "Unauthenticated request",
            Self::Public => "Public request",
        };
        format!(
            "{requests} rate limit exceeded. You can make up to {per_minute} requests per minute."
        )
    }
}
