//! What a user has from its sessions is put right.

use crate::model::evidence::History;
use crate::model::{CommandContext, Operation, Timestamp, UserField, UserRecord};
use crate::rules::session_aggregate::{SessionAggregate, recount};
use crate::rules::shown_value::shown_in_record;
use crate::rules::{ChangeSet, Decision, Facts, Outcome, Rejection, UserChange};

/// What the record must say, by its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recount {
    /// What the user has from its sessions.
    pub standing: SessionAggregate,
    /// The latest reported time; later activity of other kinds is possible.
    pub last_activity_at: Option<Timestamp>,
}

impl Recount {
    /// From all that is kept.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let standing = recount(&history.sessions);
        let last_session = standing.seen.map(|seen| seen.last);
        Self {
            last_activity_at: last_session.max(history.last_transaction_at),
            standing,
        }
    }

    /// The fields in which the record says something else.
    #[must_use]
    pub fn differences(&self, record: &UserRecord) -> Vec<UserField> {
        let mut right = record.clone();
        self.write_to(&mut right);
        let mut fields: Vec<_> = UserField::FED_BY_EVIDENCE
            .into_iter()
            .filter(|field| shown_in_record(record, *field) != shown_in_record(&right, *field))
            .collect();
        if fields.is_empty() && *record != right {
            // The same values from another source.
            fields.push(UserField::Provenance);
        }
        fields
    }

    pub(in crate::rules) fn write_to(&self, record: &mut UserRecord) {
        self.standing.write_to(record);
        let activity = &mut record.activity.last_activity_at;
        *activity = self
            .last_activity_at
            .map_or(*activity, |at| at.max(*activity));
    }
}

/// Puts right what the user's record says of its sessions and transactions; changes nothing where it is right.
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
    ChangeSet::record(facts, &change, Operation::VerifyCounters, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}
