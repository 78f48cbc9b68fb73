//! Editing a user.

use std::collections::BTreeMap;

use super::merge_patch::merged;
use super::status_change::change_of;
use super::{ChangeStatus, IfMatch, tags_named};
use crate::model::{
    ActivityKind, Actor, CommandContext, CountryCode, DateOfBirth, DisplayName, Email, FullName,
    InvalidValue, Json, JsonObject, Metadata, Operation, Phone, Profile, TagName, User, UserField,
    VerifiedFieldsPolicy,
};
use crate::rules::Facts;
use crate::rules::change_set::refused_attempt;
use crate::rules::field_mutability::{Mutability, mutability};
use crate::rules::shown_value::is_shown;
use crate::rules::{ChangeSet, Decision, FieldEdit, Outcome, Rejection, UserChange};

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

impl<T: Clone> Patch<T> {
    /// The new value, if the field was sent.
    fn new_value(&self) -> Option<NewValue<T>> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(NewValue(None)),
            Self::Set(value) => Some(NewValue(Some(value.clone()))),
        }
    }
}

/// The new value of a field; `None` clears the field.
struct NewValue<T>(Option<T>);

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
    let Some(user) = &facts.user else {
        return Rejection::UserNotFound.into();
    };
    if if_match.is_some_and(|condition| !condition.holds(&user.record)) {
        return Rejection::VersionMismatch.into();
    }
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
    let outcome = ChangeSet::record(facts, &changes, Operation::UpdateUser, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        });
    Decision {
        notes: note.into_iter().collect(),
        reason_is_unused,
        ..outcome.into()
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
    let values = Json::object(
        refused
            .into_iter()
            .map(|(field, value)| (field.as_str(), value)),
    );
    let kind = ActivityKind::ReadOnlyRefused;
    Some(refused_attempt(
        user,
        kind,
        fields,
        values,
        (None, None),
        Operation::UpdateUser,
        context,
    ))
}

/// A field and why the value sent for it is invalid.
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
        if let Some(NewValue(value)) = command.display_name.new_value() {
            self.edits
                .extend((value != record.display_name).then_some(FieldEdit::DisplayName(value)));
        }
        self.person(command);
        self.lists(command)?;
        if let Some(patch) = &command.metadata {
            let value = patch.applied_to(&self.user.metadata);
            let value = value.map_err(|reason| (UserField::Metadata, reason))?;
            self.edits
                .extend((value != self.user.metadata).then_some(FieldEdit::Metadata(value)));
        }
        if let Some(NewValue(names)) = command.tags.new_value() {
            let tags = tags_named(
                &names.unwrap_or_default(),
                facts,
                record.application,
                context,
            );
            self.edits
                .extend((tags != record.tags).then_some(FieldEdit::Tags(tags)));
        }
        Ok(())
    }

    /// Name and date of birth: single values. The policy determines whether the declared value or the override is set.
    fn person(&mut self, command: &UpdateUser) {
        let profile = &self.user.record.profile;
        if let Some(NewValue(requested)) = command.full_name.new_value() {
            let shown = profile.full_name().map(|(name, _)| name);
            if requested.as_ref() != shown {
                let clears = requested.is_none() && profile.overrides.full_name.is_none();
                let sent = Json::optional_string(requested.as_ref().map(FullName::as_str));
                let edits = [
                    FieldEdit::DeclaredFullName(requested.clone()),
                    FieldEdit::OverridingFullName(requested),
                ];
                self.layered(UserField::FullName, edits, clears, sent);
            }
        }
        if let Some(NewValue(requested)) = command.date_of_birth.new_value() {
            let shown = profile.date_of_birth().map(|(date, _)| date);
            if requested != shown {
                let clears = requested.is_none() && profile.overrides.date_of_birth.is_none();
                let edits = [
                    FieldEdit::DeclaredDateOfBirth(requested),
                    FieldEdit::OverridingDateOfBirth(requested),
                ];
                self.layered(
                    UserField::DateOfBirth,
                    edits,
                    clears,
                    Json::optional_string(requested),
                );
            }
        }
    }

    /// Clearing removes an override. Without an override, the verified value cannot be cleared.
    fn layered(
        &mut self,
        field: UserField,
        edits: [FieldEdit; 2],
        clears_verified: bool,
        sent: Json,
    ) {
        let [declaring, overriding] = edits;
        match self.mutability(field) {
            Mutability::Declared | Mutability::Mutable => self.edits.push(declaring),
            Mutability::Override if !clears_verified => self.edits.push(overriding),
            Mutability::Override | Mutability::ReadOnly | Mutability::StatusMachine => {
                self.refused.insert(field, sent);
            }
        }
    }

    fn lists(&mut self, command: &UpdateUser) -> Result<(), Invalid> {
        let profile = &self.user.record.profile;
        if let Some(NewValue(requested)) = command.approved_emails.new_value() {
            let requested = requested.unwrap_or_default();
            let same = profile.emails().into_iter().eq(&requested);
            let json = Json::strings(requested.iter().map(Email::as_str));
            let field = UserField::ApprovedEmails;
            self.list(field, same, json, requested, FieldEdit::DeclaredEmails)?;
        }
        if let Some(NewValue(requested)) = command.approved_phones.new_value() {
            let requested = requested.unwrap_or_default();
            let same = profile.phones().into_iter().eq(&requested);
            let json = Json::strings(requested.iter().map(Phone::as_str));
            let field = UserField::ApprovedPhones;
            self.list(field, same, json, requested, FieldEdit::DeclaredPhones)?;
        }
        if let Some(NewValue(requested)) = command.issuing_states.new_value() {
            let requested = requested.unwrap_or_default();
            let same = profile.issuing_states().into_iter().eq(&requested);
            let json = Json::strings(requested.iter().map(|state| state.alpha_3()));
            let field = UserField::IssuingStates;
            self.list(
                field,
                same,
                json,
                requested,
                FieldEdit::DeclaredIssuingStates,
            )?;
        }
        Ok(())
    }

    /// The shown list may exceed the limit of declared entries, since it has declared and verified entries.
    fn list<T>(
        &mut self,
        field: UserField,
        same: bool,
        json: Json,
        requested: Vec<T>,
        edit: fn(Vec<T>) -> FieldEdit,
    ) -> Result<(), Invalid> {
        if same {
            return Ok(());
        }
        if self.mutability(field) != Mutability::Declared {
            self.refused.insert(field, json);
        } else if requested.len() > Profile::MAX_LIST_ENTRIES {
            let max = Profile::MAX_LIST_ENTRIES;
            return Err((field, InvalidValue::TooMany { max }));
        } else {
            self.edits.push(edit(requested));
        }
        Ok(())
    }

    fn mutability(&self, field: UserField) -> Mutability {
        mutability(field, self.user.record.is_verified(), self.policy)
    }
}

#[cfg(test)]
mod tests;
