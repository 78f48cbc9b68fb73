//! Optimistic concurrency (RFC 9110 section 13.1.1).

use crate::model::{UserId, UserRecord};

/// The condition of an `If-Match` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// The user must exist, at any version.
    Any,
    /// The user must be one of these at the given version.
    OneOf(Vec<(UserId, u64)>),
}

impl IfMatch {
    /// Whether the user meets the condition.
    #[must_use]
    pub fn holds(&self, user: &UserRecord) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&(user.id, user.version)),
        }
    }
}
