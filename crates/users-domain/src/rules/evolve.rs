//! Applies a change to the state of a user.

use super::{FieldEdit, UserChange};
use crate::model::evidence::Evidence;
use crate::model::{LegalHold, Timestamp, User};

/// The user after `change` at time `at`; `None` if the change requires a user and there is none. [`super::ChangeSet`]
/// sets version and sequence, as it combines several changes.
#[must_use]
pub fn evolve(before: Option<User>, change: &UserChange, at: Timestamp) -> Option<User> {
    if let UserChange::Created(new) = change {
        return Some(User::clone(new));
    }
    let mut user = before?;
    match change {
        UserChange::Created(_) | UserChange::Remarked(_) => {}
        UserChange::Edited(edits) => {
            for edit in edits {
                apply(&mut user, edit);
            }
            active_at(&mut user, at);
        }
        UserChange::StatusChanged { to, .. } => {
            user.record.status = *to;
            active_at(&mut user, at);
        }
        UserChange::Deleted => user.record.deleted_at = Some(at),
        UserChange::Restored => user.record.deleted_at = None,
        UserChange::LegalHoldSet { reason } => {
            let before = user.record.legal_hold.take();
            user.record.legal_hold = Some(LegalHold {
                since: before.map_or(at, |hold| hold.since),
                reason: reason.clone(),
            });
        }
        UserChange::LegalHoldLifted => user.record.legal_hold = None,
        UserChange::EvidenceReported { change, standing } => {
            if let Some(standing) = standing {
                standing.write_to(&mut user.record);
            }
            match &change.after {
                Evidence::Session(session) => active_at(&mut user, session.seen.last),
                Evidence::Transaction(transaction) => active_at(&mut user, transaction.seen.last),
                Evidence::RiskEvent(_) => {}
            }
        }
        UserChange::Recounted(recount) => recount.write_to(&mut user.record),
    }
    user.record.updated_at = at;
    Some(user)
}

/// A reported time may be ahead of the clock, or before the last activity.
fn active_at(user: &mut User, at: Timestamp) {
    let activity = &mut user.record.activity;
    activity.last_activity_at = activity.last_activity_at.max(at);
}

fn apply(user: &mut User, edit: &FieldEdit) {
    let profile = &mut user.record.profile;
    match edit.clone() {
        FieldEdit::DisplayName(value) => user.record.display_name = value,
        // A value is declared only while none is verified, so it removes an override that remains from an earlier
        // verified value.
        FieldEdit::DeclaredFullName(value) => {
            profile.declared.full_name = value;
            profile.overrides.full_name = None;
        }
        FieldEdit::OverridingFullName(value) => profile.overrides.full_name = value,
        FieldEdit::DeclaredDateOfBirth(value) => {
            profile.declared.date_of_birth = value;
            profile.overrides.date_of_birth = None;
        }
        FieldEdit::OverridingDateOfBirth(value) => profile.overrides.date_of_birth = value,
        FieldEdit::DeclaredEmails(values) => profile.declared.emails = values,
        FieldEdit::DeclaredPhones(values) => profile.declared.phones = values,
        FieldEdit::DeclaredIssuingStates(values) => profile.declared.issuing_states = values,
        FieldEdit::Metadata(value) => user.metadata = value,
        FieldEdit::Tags(values) => user.record.tags = values,
    }
}
