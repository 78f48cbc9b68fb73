//! Changes of a user, from which the new state, the audit entries and the events are all derived.

use super::Recount;
use super::session_aggregate::SessionAggregate;
use crate::model::evidence::{Evidence, EvidenceChange};
use crate::model::{
    CountryCode, DateOfBirth, DisplayName, Email, FullName, LegalHold, Metadata, Phone, Reason,
    StatusTrigger, Timestamp, User, UserField, UserStatus, UserTag,
};

/// A change of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UserChange {
    Created(Box<User>),
    Edited(Vec<FieldEdit>),
    StatusChanged {
        from: UserStatus,
        to: UserStatus,
        trigger: StatusTrigger,
        reason: Option<Reason>,
    },
    /// The service itself added a comment.
    Remarked(String),
    Deleted,
    Restored,
    /// A legal hold was set or its reason changed: the user cannot be deleted or erased until the hold is lifted.
    LegalHoldSet {
        reason: Reason,
    },
    LegalHoldLifted,
    /// Another service reported a session, a transaction or a risk event.
    EvidenceReported {
        change: Box<EvidenceChange>,
        /// The session aggregate after the report; `None` if the report is not about a session.
        standing: Option<Box<SessionAggregate>>,
    },
    /// The values derived from sessions and transactions were corrected.
    Recounted(Box<Recount>),
}

/// One field set to a value; lists, tags and metadata as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldEdit {
    DisplayName(Option<DisplayName>),
    DeclaredFullName(Option<FullName>),
    OverridingFullName(Option<FullName>),
    DeclaredDateOfBirth(Option<DateOfBirth>),
    OverridingDateOfBirth(Option<DateOfBirth>),
    DeclaredEmails(Vec<Email>),
    DeclaredPhones(Vec<Phone>),
    DeclaredIssuingStates(Vec<CountryCode>),
    Metadata(Metadata),
    Tags(Vec<UserTag>),
}

impl FieldEdit {
    /// The field in which the edit is shown.
    pub(super) const fn field(&self) -> UserField {
        match self {
            Self::DisplayName(_) => UserField::DisplayName,
            Self::DeclaredFullName(_) | Self::OverridingFullName(_) => UserField::FullName,
            Self::DeclaredDateOfBirth(_) | Self::OverridingDateOfBirth(_) => UserField::DateOfBirth,
            Self::DeclaredEmails(_) => UserField::ApprovedEmails,
            Self::DeclaredPhones(_) => UserField::ApprovedPhones,
            Self::DeclaredIssuingStates(_) => UserField::IssuingStates,
            Self::Metadata(_) => UserField::Metadata,
            Self::Tags(_) => UserField::Tags,
        }
    }

    /// Whether the edit overrides a verified value.
    pub(super) const fn overrides_verified(&self) -> bool {
        matches!(self, Self::OverridingFullName(_) | Self::OverridingDateOfBirth(_))
    }
}

/// The user after `change` at time `at`; `None` without the user that it requires. Version and sequence stay.
pub(super) fn evolve(before: Option<User>, change: &UserChange, at: Timestamp) -> Option<User> {
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
        // A value is declared only while none is verified, so it removes an older override.
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
