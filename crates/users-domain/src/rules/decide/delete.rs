//! Deleting a user softly: it is gone from every read, and its name is free.

use crate::model::{Operation, Stamp};
use crate::rules::Facts;
use crate::rules::{ChangeSet, Decision, Outcome, Rejection, UserChange};

/// Deletes the user, if there is one.
#[must_use]
pub fn decide_delete(facts: &Facts, stamp: &Stamp) -> Decision {
    ChangeSet::record(facts, &[UserChange::Deleted], Operation::DeleteUsers, stamp)
        .map_or(Outcome::Refused(Rejection::UserNotFound), |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}
