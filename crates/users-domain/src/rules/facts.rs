//! The input of decisions.

use crate::model::evidence::{History, StoredEvidence};
use crate::model::{Comment, Tag, User};

/// The facts that a decision is based on. Every row in it is written only together with a new version of its user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The user, if it exists; a deleted user only if the lookup includes deleted users.
    pub user: Option<User>,
    /// The user's latest [`Comment::SHOWN_IN_DETAIL`] comments, newest first; a store may omit them if they were not
    /// requested.
    pub comments: Vec<Comment>,
    /// The requested tags that the application already has.
    pub tags: Vec<Tag>,
    /// Whether a user that is not deleted has the `vendor_data` of this deleted user; set only if requested.
    pub name_taken: bool,
    /// Whether the most recently deleted user with this `vendor_data` was BLOCKED; set only if requested, and only if
    /// no user has the `vendor_data` or this user itself is deleted.
    pub block_left: bool,
    /// The stored row of the requested evidence, whichever user owns it.
    pub kept: Option<StoredEvidence>,
    /// The complete history that the user's session aggregate is computed from; a store may omit it until a decision
    /// requests it.
    pub history: Option<History>,
}
