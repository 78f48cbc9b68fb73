//! Audit entries as shown in a user's detail.

use super::{ActivityKind, AuditId, JsonText, Timestamp, UserField, UserStatus};

/// An audit entry as shown in a user's detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The entry's id.
    pub id: AuditId,
    /// What happened.
    pub kind: ActivityKind,
    /// A comment or the reason given.
    pub comment: Option<String>,
    /// The name of the key that acted.
    pub actor_name: Option<String>,
    /// The status before.
    pub previous_status: Option<UserStatus>,
    /// The status after.
    pub new_status: Option<UserStatus>,
    /// The values before, by field, shortened; or `null`.
    pub previous_value: JsonText,
    /// The values after, by field, shortened; or `null`.
    pub new_value: JsonText,
    /// The fields that changed.
    pub changed_fields: Vec<UserField>,
    /// When it happened.
    pub created_at: Timestamp,
}

impl Comment {
    /// Number of comments shown in a detail.
    pub const SHOWN_IN_DETAIL: usize = 20;
}
