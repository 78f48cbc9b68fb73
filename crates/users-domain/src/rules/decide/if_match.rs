//! Optimistic concurrency (RFC 9110 section 13.1.1).

use crate::model::{UserId, UserRecord};

/// What a caller says the user must still be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// There must be one, at whatever version.
    Any,
    /// One of these users at these versions.
    OneOf(Vec<(UserId, u64)>),
}

impl IfMatch {
    /// Whether the user is as the caller says.
    #[must_use]
    pub fn holds(&self, user: &UserRecord) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&(user.id, user.version)),
        }
    }
}
