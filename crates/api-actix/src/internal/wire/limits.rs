//! Limits of what reports hold.

use users_domain::model::evidence::SessionRevision;

/// Of the entries of one list, repeated ones included.
pub(crate) const ENTRIES: usize = SessionRevision::MAX_LIST_ENTRIES;

/// Of the unknown features that are named in the answer.
pub(super) const UNKNOWN_FEATURES_NAMED: usize = 20;
