//! Editing a user.

use std::collections::BTreeMap;

use super::status_change::change_of;
use super::{ChangeStatus, IfMatch, tags_named};
use crate::model::{
    ActivityKind, CountryCode, DateOfBirth, DisplayName, Email, FullName, Json, JsonObject,
    Metadata, Operation, Phone, Stamp, TagName, User, UserField, VerifiedFieldsPolicy,
};
use crate::ports::Facts;
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
    /// The value to be held; `None` when nothing was said.
    fn wish(&self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value.clone())),
        }
    }
}

/// What an update says about the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataPatch {
    /// It shall be this.
    Replace(Metadata),
    /// This is to be merged into it (RFC 7396).
    Merge(JsonObject),
}

/// The wish for other values. Only what is said is touched.
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
    /// Fields that no client writes, as they were sent.
    pub read_only: BTreeMap<UserField, Json>,
}

/// Sets what may be set, notes what may not. A value that the user already shows is neither.
#[must_use]
pub fn decide_update(
    facts: &Facts,
    command: &UpdateUser,
    if_match: Option<&IfMatch>,
    policy: VerifiedFieldsPolicy,
    stamp: &Stamp,
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
        refused: refused_read_only(facts, user, command),
    };
    if let Err(reason) = editor.read(facts, command, stamp) {
        return Rejection::InvalidField {
            field: UserField::Metadata,
            reason,
        }
        .into();
    }
    let Editor { edits, refused, .. } = editor;
    let mut changes = vec![UserChange::Edited(edits)];
    if let Some(wish) = &command.status {
        match change_of(user, wish, Operation::UpdateUser, stamp) {
            Err(decision) => return *decision,
            Ok(change) => changes.extend(change),
        }
    }
    changes.retain(|change| !matches!(change, UserChange::Edited(edits) if edits.is_empty()));
    let outcome = ChangeSet::record(facts, &changes, Operation::UpdateUser, stamp)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        });
    Decision {
        outcome,
        notes: note_of_refused(user, refused, stamp).into_iter().collect(),
    }
}

fn refused_read_only(
    facts: &Facts,
    user: &User,
    command: &UpdateUser,
) -> BTreeMap<UserField, Json> {
    let sent = command.read_only.iter();
    sent.filter(|(field, value)| !is_shown(user, &facts.comments, **field, value))
        .map(|(field, value)| (*field, value.clone()))
        .collect()
}

fn note_of_refused(
    user: &User,
    refused: BTreeMap<UserField, Json>,
    stamp: &Stamp,
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
        stamp,
    ))
}

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
        stamp: &Stamp,
    ) -> Result<(), crate::model::InvalidValue> {
        let record = &self.user.record;
        if let Some(value) = command.display_name.wish() {
            self.edits
                .extend((value != record.display_name).then_some(FieldEdit::DisplayName(value)));
        }
        self.person(command);
        self.lists(command);
        if let Some(patch) = &command.metadata {
            let value = match patch {
                MetadataPatch::Replace(metadata) => metadata.clone(),
                MetadataPatch::Merge(patch) => {
                    Metadata::new(merged(self.user.metadata.object(), patch))?
                }
            };
            self.edits
                .extend((value != self.user.metadata).then_some(FieldEdit::Metadata(value)));
        }
        if let Some(names) = command.tags.wish() {
            let tags = tags_named(&names.unwrap_or_default(), facts, record.application, stamp);
            self.edits
                .extend((tags != record.tags).then_some(FieldEdit::Tags(tags)));
        }
        Ok(())
    }

    /// Name and date of birth: one value each, with a layer that depends on the policy.
    fn person(&mut self, command: &UpdateUser) {
        let profile = &self.user.record.profile;
        if let Some(wish) = command.full_name.wish() {
            let shown = profile.full_name().map(|(name, _)| name.clone());
            let overridden = profile.overrides.full_name.is_some();
            let json = Json::optional_string(wish.as_ref().map(FullName::as_str));
            let layers = (
                FieldEdit::DeclaredFullName as fn(_) -> _,
                FieldEdit::OverridingFullName as fn(_) -> _,
            );
            self.layered(UserField::FullName, wish, shown, overridden, json, layers);
        }
        if let Some(wish) = command.date_of_birth.wish() {
            let shown = profile.date_of_birth().map(|(date, _)| date);
            let overridden = profile.overrides.date_of_birth.is_some();
            let json = Json::optional_string(wish);
            let layers = (
                FieldEdit::DeclaredDateOfBirth as fn(_) -> _,
                FieldEdit::OverridingDateOfBirth as fn(_) -> _,
            );
            self.layered(
                UserField::DateOfBirth,
                wish,
                shown,
                overridden,
                json,
                layers,
            );
        }
    }

    fn layered<T: PartialEq>(
        &mut self,
        field: UserField,
        wish: Option<T>,
        shown: Option<T>,
        overridden: bool,
        json: Json,
        (declare, set_over): (fn(Option<T>) -> FieldEdit, fn(Option<T>) -> FieldEdit),
    ) {
        if wish == shown {
            return;
        }
        match self.mutability(field) {
            Mutability::Declared | Mutability::Mutable => self.edits.push(declare(wish)),
            // Clearing takes the override away; where there is none, the verified value cannot be cleared.
            Mutability::Override if wish.is_some() || overridden => self.edits.push(set_over(wish)),
            Mutability::Override | Mutability::ReadOnly | Mutability::StatusMachine => {
                self.refused.insert(field, json);
            }
        }
    }

    fn lists(&mut self, command: &UpdateUser) {
        let profile = &self.user.record.profile;
        if let Some(wish) = command.approved_emails.wish() {
            let wish = wish.unwrap_or_default();
            let same = profile.emails().into_iter().eq(&wish);
            let json = Json::strings(wish.iter().map(Email::as_str));
            self.list(
                UserField::ApprovedEmails,
                same,
                json,
                FieldEdit::DeclaredEmails(wish),
            );
        }
        if let Some(wish) = command.approved_phones.wish() {
            let wish = wish.unwrap_or_default();
            let same = profile.phones().into_iter().eq(&wish);
            let json = Json::strings(wish.iter().map(Phone::as_str));
            self.list(
                UserField::ApprovedPhones,
                same,
                json,
                FieldEdit::DeclaredPhones(wish),
            );
        }
        if let Some(wish) = command.issuing_states.wish() {
            let wish = wish.unwrap_or_default();
            let same = profile.issuing_states().into_iter().eq(&wish);
            let json = Json::strings(wish.iter().map(|state| state.alpha_3()));
            self.list(
                UserField::IssuingStates,
                same,
                json,
                FieldEdit::DeclaredIssuingStates(wish),
            );
        }
    }

    fn list(&mut self, field: UserField, same: bool, json: Json, edit: FieldEdit) {
        if same {
            return;
        }
        if self.mutability(field) == Mutability::Declared {
            self.edits.push(edit);
        } else {
            self.refused.insert(field, json);
        }
    }

    fn mutability(&self, field: UserField) -> Mutability {
        mutability(field, self.user.record.is_verified(), self.policy)
    }
}

/// RFC 7396 section 2.
fn merged(target: &JsonObject, patch: &JsonObject) -> JsonObject {
    let mut result = target.clone();
    for (key, value) in patch {
        match value {
            Json::Null => {
                result.remove(key);
            }
            Json::Object(inner) => {
                let empty = JsonObject::new();
                let below = match result.get(key) {
                    Some(Json::Object(below)) => below,
                    _ => &empty,
                };
                let value = Json::Object(merged(below, inner));
                result.insert(key.clone(), value);
            }
            other => {
                result.insert(key.clone(), other.clone());
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::String(text.to_owned())
    }

    /// Cases of RFC 7396 appendix A that are objects.
    #[test]
    fn merging_follows_rfc_7396() {
        let object = |members: &[(&str, Json)]| -> JsonObject {
            members
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect()
        };
        let nested = |members| Json::Object(object(members));
        let cases = [
            (
                object(&[("a", json("b"))]),
                object(&[("a", json("c"))]),
                object(&[("a", json("c"))]),
            ),
            (
                object(&[("a", json("b"))]),
                object(&[("a", Json::Null)]),
                object(&[]),
            ),
            (
                object(&[("a", nested(&[("b", json("c"))]))]),
                object(&[("a", nested(&[("b", json("d")), ("c", Json::Null)]))]),
                object(&[("a", nested(&[("b", json("d"))]))]),
            ),
            (
                object(&[("a", json("b"))]),
                object(&[("a", Json::Array(vec![]))]),
                object(&[("a", Json::Array(vec![]))]),
            ),
            (
                object(&[]),
                object(&[("a", nested(&[("bb", nested(&[("ccc", Json::Null)]))]))]),
                object(&[("a", nested(&[("bb", nested(&[]))]))]),
            ),
        ];
        for (target, patch, result) in cases {
            assert_eq!(merged(&target, &patch), result);
        }
    }
}
