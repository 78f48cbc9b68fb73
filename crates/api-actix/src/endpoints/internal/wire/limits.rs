//! Limits on the content of reports.

use users_domain::model::evidence::SessionRevision;

/// The most entries of one list, including repeated ones.
pub(crate) const ENTRIES: usize = SessionRevision::MAX_LIST_ENTRIES;

/// The most rule actions that are read from a transaction.
pub(super) const ACTIONS: usize = 1000;

/// The most values in a member that is compared by value; larger members are compared by their text.
pub(super) const COMPARED_VALUES: usize = 10_000;

/// The most unknown features that a response names.
pub(super) const UNKNOWN_FEATURES_NAMED: usize = 20;
