//! Editing a user.

use std::collections::BTreeMap;

use super::merge_patch::merged;
use super::status_change::change_of;
use super::{ChangeStatus, IfMatch, decided, tags_named, user_matching};
use crate::model::{
    ActivityKind, Actor, CommandContext, CountryCode, DateOfBirth, DisplayName, Email, FullName,
    InvalidValue, Json, JsonObject, Metadata, Operation, Phone, Profile, ShownText, TagName, User,
    UserField, VerifiedFieldsPolicy,
};
use crate::rules::Facts;
use crate::rules::audit_draft::AuditDraft;
use crate::rules::field_mutability::{Mutability, mutability};
use crate::rules::shown_value::is_shown;
use crate::rules::{Decision, FieldEdit, Rejection, UserChange};

/// The update of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was not sent.
    #[default]
    Absent,
    /// The field is cleared.
    Clear,
    /// The field is set to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// The new value; `None` if the field was not sent or is cleared.
    #[must_use]
    pub fn value(self) -> Option<T> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }

    /// Converts the value; if `convert` returns `None`, the field counts as not sent.
    #[must_use]
    pub fn and_then<U>(self, convert: impl FnOnce(T) -> Option<U>) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Clear => Patch::Clear,
            Self::Set(value) => convert(value).map_or(Patch::Absent, Patch::Set),
        }
    }
}

impl<T> Patch<Vec<T>> {
    /// The new entries, if the field was sent.
    fn entries(&self) -> Option<&[T]> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(&[]),
            Self::Set(entries) => Some(entries),
        }
    }
}

/// The update of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataPatch {
    /// Replaces the metadata.
    Replace(Metadata),
    /// Merges this patch into the metadata (RFC 7396).
    Merge(JsonObject),
}

impl MetadataPatch {
    /// Applies the patch to this metadata.
    ///
    /// # Errors
    /// Those of [`Metadata::new`].
    pub fn applied_to(&self, metadata: &Metadata) -> Result<Metadata, InvalidValue> {
        match self {
            Self::Replace(metadata) => Ok(metadata.clone()),
            Self::Merge(patch) => Metadata::new(merged(metadata.object(), patch)),
        }
    }
}

/// Command that updates a user. Fields that are not given stay unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateUser {
    /// The display name.
    pub display_name: Patch<DisplayName>,
    /// The full name.
    pub full_name: Patch<FullName>,
    /// The date of birth.
    pub date_of_birth: Patch<DateOfBirth>,
    /// The complete list of e-mail addresses.
    pub approved_emails: Patch<Vec<Email>>,
    /// The complete list of telephone numbers.
    pub approved_phones: Patch<Vec<Phone>>,
    /// The complete list of issuing states.
    pub issuing_states: Patch<Vec<CountryCode>>,
    /// The metadata.
    pub metadata: Option<MetadataPatch>,
    /// The complete list of tag names, without duplicates.
    pub tags: Patch<Vec<TagName>>,
    /// The status.
    pub status: Option<ChangeStatus>,
    /// Read-only fields as they were sent; `None` for a value that cannot be parsed and that no user can have.
    pub read_only: BTreeMap<UserField, Option<Json>>,
}

/// Sets the writable fields and notes refused ones. A value that the user already shows is neither set nor noted.
#[must_use]
pub fn decide_update(
    facts: &Facts,
    command: &UpdateUser,
    if_match: Option<&IfMatch>,
    policy: VerifiedFieldsPolicy,
    context: &CommandContext,
) -> Decision {
    let user = match user_matching(facts, if_match) {
        Ok(user) => user,
        Err(rejection) => return rejection.into(),
    };
    let mut editor = Editor {
        user,
        policy,
        edits: Vec::new(),
        refused: refused_read_only(facts, user, command, &context.actor),
    };
    if let Err((field, reason)) = editor.read(facts, command, context) {
        return Rejection::InvalidField { field, reason }.into();
    }
    let Editor { edits, refused, .. } = editor;
    let note = note_of_refused(user, refused, context);
    let mut changes = vec![UserChange::Edited(edits)];
    let mut reason_is_unused = false;
    if let Some(requested) = &command.status {
        match change_of(user, requested, Operation::UpdateUser, context) {
            Err(mut decision) => {
                decision.notes.extend(note);
                return *decision;
            }
            Ok(change) => {
                reason_is_unused = change.is_none() && requested.reason.is_some();
                changes.extend(change);
            }
        }
    }
    changes.retain(|change| !matches!(change, UserChange::Edited(edits) if edits.is_empty()));
    Decision {
        notes: note.into_iter().collect(),
        reason_is_unused,
        ..decided(facts, &changes, Operation::UpdateUser, context)
    }
}

fn refused_read_only(
    facts: &Facts,
    user: &User,
    command: &UpdateUser,
    actor: &Actor,
) -> BTreeMap<UserField, Json> {
    let sent = command.read_only.iter();
    let is_shown = |field: UserField, value: &Option<Json>| {
        let value = value.as_ref();
        value.is_some_and(|value| is_shown(user, &facts.comments, actor, field, value))
    };
    // Every role can read the note in the user's activity, but not every role may see the reason of a legal hold.
    let noted = |field: UserField, value: &Option<Json>| {
        let value = value.clone().filter(|_| field != UserField::LegalHold);
        (field, value.unwrap_or(Json::Null))
    };
    sent.filter(|(field, value)| !is_shown(**field, value))
        .map(|(field, value)| noted(*field, value))
        .collect()
}

fn note_of_refused(
    user: &User,
    refused: BTreeMap<UserField, Json>,
    context: &CommandContext,
) -> Option<crate::model::AuditEntry> {
    if refused.is_empty() {
        return None;
    }
    let fields = refused.keys().copied().collect();
    let values = Json::object(refused.into_iter().map(|(field, value)| (field.as_str(), value)));
    let draft = AuditDraft { fields, values: (Json::Null, values), ..AuditDraft::default() };
    Some(draft.attempt(user, ActivityKind::ReadOnlyRefused, Operation::UpdateUser, context))
}

type Invalid = (UserField, InvalidValue);

struct Editor<'a> {
    user: &'a User,
    policy: VerifiedFieldsPolicy,
    edits: Vec<FieldEdit>,
    refused: BTreeMap<UserField, Json>,
}

impl Editor<'_> {
    fn read(
        &mut self,
        facts: &Facts,
        command: &UpdateUser,
        context: &CommandContext,
    ) -> Result<(), Invalid> {
        let record = &self.user.record;
        let name = match &command.display_name {
            Patch::Absent => &record.display_name,
            Patch::Clear => &None,
            Patch::Set(name) => &Some(name.clone()),
        };
        if *name != record.display_name {
            self.edits.push(FieldEdit::DisplayName(name.clone()));
        }
        self.profile(command)?;
        if let Some(patch) = &command.metadata {
            let value = patch.applied_to(&self.user.metadata);
            let value = value.map_err(|reason| (UserField::Metadata, reason))?;
            self.edits.extend((value != self.user.metadata).then_some(FieldEdit::Metadata(value)));
        }
        if let Some(names) = command.tags.entries() {
            let tags = tags_named(names, facts, record.application, context);
            self.edits.extend((tags != record.tags).then_some(FieldEdit::Tags(tags)));
        }
        Ok(())
    }

    fn profile(&mut self, command: &UpdateUser) -> Result<(), Invalid> {
        let profile = &self.user.record.profile;
        self.value(
            (UserField::FullName, &command.full_name),
            profile.full_name().map(|(name, _)| name),
            profile.overrides.full_name.is_some(),
            [FieldEdit::DeclaredFullName, FieldEdit::OverridingFullName],
        );
        self.value(
            (UserField::DateOfBirth, &command.date_of_birth),
            profile.date_of_birth().map(|(date, _)| date),
            profile.overrides.date_of_birth.is_some(),
            [FieldEdit::DeclaredDateOfBirth, FieldEdit::OverridingDateOfBirth],
        );
        self.list(
            (UserField::ApprovedEmails, &command.approved_emails),
            &profile.emails(),
            FieldEdit::DeclaredEmails,
        )?;
        self.list(
            (UserField::ApprovedPhones, &command.approved_phones),
            &profile.phones(),
            FieldEdit::DeclaredPhones,
        )?;
        self.list(
            (UserField::IssuingStates, &command.issuing_states),
            &profile.issuing_states(),
            FieldEdit::DeclaredIssuingStates,
        )
    }

    /// A single value, declared or overriding by the policy. Only an override, not a verified value, can be cleared.
    fn value<T: Clone + PartialEq + ShownText>(
        &mut self,
        (field, patch): (UserField, &Patch<T>),
        shown: Option<&T>,
        is_overridden: bool,
        [declaring, overriding]: [fn(Option<T>) -> FieldEdit; 2],
    ) {
        let requested = match patch {
            Patch::Absent => return,
            Patch::Clear => None,
            Patch::Set(value) => Some(value),
        };
        if requested == shown {
            return;
        }
        match self.mutability(field) {
            Mutability::Declared | Mutability::Mutable => {
                self.edits.push(declaring(requested.cloned()));
            }
            Mutability::Override if requested.is_some() || is_overridden => {
                self.edits.push(overriding(requested.cloned()));
            }
            Mutability::Override | Mutability::ReadOnly | Mutability::StatusMachine => {
                let sent = Json::optional_string(requested.map(ShownText::shown_text));
                self.refused.insert(field, sent);
            }
        }
    }

    /// The shown list may exceed the limit of declared entries, since it has declared and verified entries.
    fn list<T: Clone + PartialEq + ShownText>(
        &mut self,
        (field, patch): (UserField, &Patch<Vec<T>>),
        shown: &[&T],
        edit: fn(Vec<T>) -> FieldEdit,
    ) -> Result<(), Invalid> {
        let Some(requested) = patch.entries() else {
            return Ok(());
        };
        if shown.iter().copied().eq(requested) {
            return Ok(());
        }
        if self.mutability(field) != Mutability::Declared {
            let sent = Json::strings(requested.iter().map(ShownText::shown_text));
            self.refused.insert(field, sent);
        } else if requested.len() > Profile::MAX_LIST_ENTRIES {
            let max = Profile::MAX_LIST_ENTRIES;
            return Err((field, InvalidValue::TooMany { max }));
        } else {
            self.edits.push(edit(requested.to_vec()));
        }
        Ok(())
    }

    fn mutability(&self, field: UserField) -> Mutability {
        mutability(field, self.user.record.is_verified(), self.policy)
    }
}
