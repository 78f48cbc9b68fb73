//! Limits of what reports hold.

use users_domain::model::evidence::SessionRevision;

/// Of the entries of one list, repeated ones included.
pub(crate) const ENTRIES: usize = SessionRevision::MAX_LIST_ENTRIES;

/// Of the actions of a transaction that are looked at.
pub(super) const ACTIONS: usize = 1000;

/// Of what a member holds, where repeats are compared by it and not by its text.
pub(super) const COMPARED_VALUES: usize = 10_000;

/// Of the unknown features that are named in the answer.
pub(super) const UNKNOWN_FEATURES_NAMED: usize = 20;
