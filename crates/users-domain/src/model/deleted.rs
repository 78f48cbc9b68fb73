//! Deleted users that are still kept.

use super::{Timestamp, UserId, UserRecord};

/// A place in the list of an application's deleted users, newest deletion first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedPosition {
    /// When the user was deleted.
    pub deleted_at: Timestamp,
    /// Breaks ties, the greatest first.
    pub id: UserId,
}

/// One page of that list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPage {
    /// The users.
    pub rows: Vec<UserRecord>,
    /// Where the next page begins, if something follows: behind this place.
    pub next: Option<DeletedPosition>,
}
