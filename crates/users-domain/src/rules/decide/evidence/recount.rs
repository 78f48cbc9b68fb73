//! Correction of the values derived from a user's sessions and transactions.

use crate::model::evidence::History;
use crate::model::{CommandContext, Operation, Timestamp, UserField, UserRecord};
use crate::rules::decide::decided;
use crate::rules::session_aggregate::{SessionAggregate, recount};
use crate::rules::shown_value::shown_in_record;
use crate::rules::{Decision, Facts, Outcome, Rejection, UserChange};

/// The values that the record must have according to its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recount {
    /// The aggregate of the user's sessions.
    pub standing: SessionAggregate,
    /// The latest reported time. Other kinds of activity may be later.
    pub last_activity_at: Option<Timestamp>,
}

impl Recount {
    /// Computes the values from the complete history.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let standing = recount(&history.sessions);
        let last_session = standing.seen.map(|seen| seen.last);
        Self { last_activity_at: last_session.max(history.last_transaction_at), standing }
    }

    /// The fields in which the record differs.
    #[must_use]
    pub fn differences(&self, record: &UserRecord) -> Vec<UserField> {
        let mut corrected = record.clone();
        self.write_to(&mut corrected);
        let mut fields: Vec<_> = UserField::by_reports()
            .filter(|field| shown_in_record(record, *field) != shown_in_record(&corrected, *field))
            .collect();
        if fields.is_empty() && *record != corrected {
            // The values are the same, but from another source.
            fields.push(UserField::Provenance);
        }
        fields
    }

    pub(in crate::rules) fn write_to(&self, record: &mut UserRecord) {
        self.standing.write_to(record);
        let activity = &mut record.activity.last_activity_at;
        *activity = self.last_activity_at.map_or(*activity, |at| at.max(*activity));
    }
}

/// Corrects the values in the user's record that derive from sessions and transactions, if they are wrong.
#[must_use]
pub fn decide_recount(facts: &Facts, context: &CommandContext) -> Decision {
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    let Some(history) = &facts.history else {
        return Outcome::NeedsHistory.into();
    };
    let recount = Recount::of(history);
    if recount.differences(&user.record).is_empty() {
        return Outcome::Unchanged.into();
    }
    let change = [UserChange::Recounted(Box::new(recount))];
    decided(facts, &change, Operation::VerifyCounters, context)
}
