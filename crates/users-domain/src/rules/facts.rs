//! What decisions see.

use crate::model::evidence::{History, StoredEvidence};
use crate::model::{Comment, Tag, User};

/// What a decision is made on. Every row in it is only ever written together with a version bump of its user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The user, if there is one; a deleted one only where the key asks for those too.
    pub user: Option<User>,
    /// The user's latest [`Comment::SHOWN_IN_DETAIL`] comments, newest first; a store may leave them out where nobody asked.
    pub comments: Vec<Comment>,
    /// Those of the tags asked for that the application has already.
    pub tags: Vec<Tag>,
    /// Whether somebody who is not deleted has the name of this deleted user; said where it was asked for.
    pub name_taken: bool,
    /// Whether the user of this name that was deleted last was BLOCKED; said where that was asked for and nobody has the name,
    /// or where this user is deleted itself.
    pub block_left: bool,
    /// What is kept of the evidence asked for, whosever it is.
    pub kept: Option<StoredEvidence>,
    /// All that the user's standing follows from; a store may leave it out until a decision asks for it.
    pub history: Option<History>,
}
