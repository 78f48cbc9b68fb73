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

/// What an update says about one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Nothing.
    #[default]
    Absent,
    /// It shall hold nothing.
    Clear,
    /// It shall hold this.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// What was said, if anything: at most one value to be held.
    fn new_value(&self) -> Option<NewValue<T>> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(NewValue(None)),
            Self::Set(value) => Some(NewValue(Some(value.clone()))),
        }
    }
}

/// A value to be held, or none.
struct NewValue<T>(Option<T>);

/// What an update says about the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataPatch {
    /// It shall be this.
    Replace(Metadata),
    /// This is to be merged into it (RFC 7396).
    Merge(JsonObject),
}

impl MetadataPatch {
    /// What the patch makes of this metadata.
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

/// A request for other values. Only what is said is touched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateUser {
    /// The display name.
    pub display_name: Patch<DisplayName>,
    /// The whole name.
    pub full_name: Patch<FullName>,
    /// The date of birth.
    pub date_of_birth: Patch<DateOfBirth>,
    /// The e-mail addresses as a whole.
    pub approved_emails: Patch<Vec<Email>>,
    /// The telephone numbers as a whole.
    pub approved_phones: Patch<Vec<Phone>>,
    /// The issuing states as a whole.
    pub issuing_states: Patch<Vec<CountryCode>>,
    /// The metadata.
    pub metadata: Option<MetadataPatch>,
    /// The tags as a whole, by name, without repetition.
    pub tags: Patch<Vec<TagName>>,
    /// The status.
    pub status: Option<ChangeStatus>,
    /// Fields that no client writes, as they were sent; none for what cannot be read, which no user has.
    pub read_only: BTreeMap<UserField, Option<Json>>,
}

/// Sets what may be set, notes what may not. A value that the user already shows is neither.
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
    if let Some(wanted) = &command.status {
        match change_of(user, wanted, Operation::UpdateUser, context) {
            Err(mut decision) => {
                decision.notes.extend(note);
                return *decision;
            }
            Ok(change) => {
                reason_is_unused = change.is_none() && wanted.reason.is_some();
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
    // Every role reads the note in the user's activity, and not every role the reason of a legal hold.
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

/// A field, and what is wrong with what was sent for it.
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

    /// Name and date of birth: one value each, with a layer that depends on the policy.
    fn person(&mut self, command: &UpdateUser) {
        let profile = &self.user.record.profile;
        if let Some(NewValue(wanted)) = command.full_name.new_value() {
            let shown = profile.full_name().map(|(name, _)| name);
            if wanted.as_ref() != shown {
                let clears = wanted.is_none() && profile.overrides.full_name.is_none();
                let sent = Json::optional_string(wanted.as_ref().map(FullName::as_str));
                let edits = [
                    FieldEdit::DeclaredFullName(wanted.clone()),
                    FieldEdit::OverridingFullName(wanted),
                ];
                self.layered(UserField::FullName, edits, clears, sent);
            }
        }
        if let Some(NewValue(wanted)) = command.date_of_birth.new_value() {
            let shown = profile.date_of_birth().map(|(date, _)| date);
            if wanted != shown {
                let clears = wanted.is_none() && profile.overrides.date_of_birth.is_none();
                let edits = [
                    FieldEdit::DeclaredDateOfBirth(wanted),
                    FieldEdit::OverridingDateOfBirth(wanted),
                ];
                self.layered(
                    UserField::DateOfBirth,
                    edits,
                    clears,
                    Json::optional_string(wanted),
                );
            }
        }
    }

    /// Clearing takes an override away; where there is none, the verified value itself cannot be cleared.
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
        if let Some(NewValue(wanted)) = command.approved_emails.new_value() {
            let wanted = wanted.unwrap_or_default();
            let same = profile.emails().into_iter().eq(&wanted);
            let json = Json::strings(wanted.iter().map(Email::as_str));
            let field = UserField::ApprovedEmails;
            self.list(field, same, json, wanted, FieldEdit::DeclaredEmails)?;
        }
        if let Some(NewValue(wanted)) = command.approved_phones.new_value() {
            let wanted = wanted.unwrap_or_default();
            let same = profile.phones().into_iter().eq(&wanted);
            let json = Json::strings(wanted.iter().map(Phone::as_str));
            let field = UserField::ApprovedPhones;
            self.list(field, same, json, wanted, FieldEdit::DeclaredPhones)?;
        }
        if let Some(NewValue(wanted)) = command.issuing_states.new_value() {
            let wanted = wanted.unwrap_or_default();
            let same = profile.issuing_states().into_iter().eq(&wanted);
            let json = Json::strings(wanted.iter().map(|state| state.alpha_3()));
            let field = UserField::IssuingStates;
            self.list(field, same, json, wanted, FieldEdit::DeclaredIssuingStates)?;
        }
        Ok(())
    }

    /// What is shown may have more entries than can be declared: declared and verified ones together.
    fn list<T>(
        &mut self,
        field: UserField,
        same: bool,
        json: Json,
        wanted: Vec<T>,
        edit: fn(Vec<T>) -> FieldEdit,
    ) -> Result<(), Invalid> {
        if same {
            return Ok(());
        }
        if self.mutability(field) != Mutability::Declared {
            self.refused.insert(field, json);
        } else if wanted.len() > Profile::MAX_LIST_ENTRIES {
            let max = Profile::MAX_LIST_ENTRIES;
            return Err((field, InvalidValue::TooMany { max }));
        } else {
            self.edits.push(edit(wanted));
        }
        Ok(())
    }

    fn mutability(&self, field: UserField) -> Mutability {
        mutability(field, self.user.record.is_verified(), self.policy)
    }
}

#[cfg(test)]
mod tests;
