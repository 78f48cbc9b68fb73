//! Optimistic concurrency (RFC 9110 section 13.1.1).

use crate::model::{User, UserId, UserRecord};
use crate::rules::{Facts, Rejection};

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

/// The user, if there is one and it meets the condition.
pub(super) fn user_matching<'a>(
    facts: &'a Facts,
    if_match: Option<&IfMatch>,
) -> Result<&'a User, Rejection> {
    let user = facts.user.as_ref().ok_or(Rejection::UserNotFound)?;
    if if_match.is_some_and(|condition| !condition.holds(&user.record)) {
        return Err(Rejection::VersionMismatch);
    }
    Ok(user)
}
