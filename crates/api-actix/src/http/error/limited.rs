//! The groups of requests that share a rate limit, and their error message.

use users_domain::model::LimitSubject;

/// A group of requests that share a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedRequests {
    Reads,
    Writes,
    Unauthenticated,
    Public,
}

impl LimitedRequests {
    /// The group of a limit subject.
    pub(crate) const fn of(subject: LimitSubject) -> Self {
        match subject {
            LimitSubject::KeyReads { .. } => Self::Reads,
            LimitSubject::KeyWrites { .. } => Self::Writes,
            LimitSubject::Address(_) => Self::Unauthenticated,
            LimitSubject::Public(_) => Self::Public,
        }
    }

    pub(crate) const fn policy(self) -> &'static str {
        match self {
            Self::Reads => "read",
            Self::Writes => "write",
            Self::Unauthenticated => "unauthenticated",
            Self::Public => "public",
        }
    }

    /// The error message when the limit is exceeded.
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
