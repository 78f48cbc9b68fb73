//! Pages of deleted users that are not erased yet.

use super::{Timestamp, UserId, UserRecord};

/// Position in the list of an application's deleted users, newest deletion first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedPosition {
    /// When the user was deleted.
    pub deleted_at: Timestamp,
    /// Id of the user; breaks ties, the greatest first.
    pub id: UserId,
}

/// One page of deleted users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPage {
    /// The users.
    pub rows: Vec<UserRecord>,
    /// Position after which the next page starts; `None` on the last page.
    pub next: Option<DeletedPosition>,
}
