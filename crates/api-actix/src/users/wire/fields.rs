//! Taking a body apart, member by member: types only. Nothing is coerced, and every error of every member is noted.

use users_domain::model::{InvalidValue, Json, JsonObject, UserStatus};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::Sent;
use crate::error::{FieldErrors, messages};
use crate::request::{Ignored, Member, Members, type_name};

/// The members of a body that were not taken yet, and what was wrong with those that were.
pub(in crate::users) struct Fields {
    members: Members,
    pub(in crate::users) errors: FieldErrors,
}

impl Fields {
    /// Nothing is taken yet.
    pub(in crate::users) fn new(members: Members) -> Self {
        Self {
            members,
            errors: FieldErrors::default(),
        }
    }

    /// A text.
    pub(in crate::users) fn text(&mut self, name: &str) -> Sent<String> {
        match self.members.remove(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::String(text))) => Sent::Value(text),
            Some(_) => self.refuse(name, messages::NOT_A_STRING),
        }
    }

    /// True or false.
    pub(in crate::users) fn boolean(&mut self, name: &str) -> Sent<bool> {
        match self.members.remove(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Bool(value))) => Sent::Value(value),
            Some(_) => self.refuse(name, messages::NOT_A_BOOLEAN),
        }
    }

    /// The metadata: an object of whatever it holds.
    pub(in crate::users) fn metadata(&mut self) -> Sent<JsonObject> {
        let name = "metadata";
        match self.members.remove(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Object(object))) => Sent::Value(object),
            Some(Ok(_)) => self.refuse(name, messages::METADATA_NOT_AN_OBJECT),
            Some(Err(reason)) => self.refuse(name, &messages::text(&reason)),
        }
    }

    /// A status; `unknown` says what is told about anything else.
    pub(in crate::users) fn status(
        &mut self,
        unknown: impl FnOnce(&Json) -> String,
    ) -> Sent<UserStatus> {
        let name = "status";
        let sent = match self.members.remove(name) {
            None => return Sent::Absent,
            Some(Ok(Json::Null)) => return self.refuse(name, messages::NULL),
            Some(Err(reason)) => return self.refuse(name, &messages::text(&reason)),
            Some(Ok(sent)) => sent,
        };
        match &sent {
            Json::String(word) => UserStatus::parse(word),
            _ => Err(InvalidValue::UnknownWord),
        }
        .map_or_else(|_| self.refuse(name, &unknown(&sent)), Sent::Value)
    }

    /// A list of texts.
    pub(in crate::users) fn texts(&mut self, name: &str) -> Sent<Vec<String>> {
        let member = self.members.remove(name);
        self.list(name, member, text_of)
    }

    /// A list of texts; older clients send an object, whose keys count.
    pub(in crate::users) fn texts_or_keys(&mut self, name: &str) -> Sent<Vec<String>> {
        self.list_or_keys(name, text_of)
    }

    /// A list of tags, by name or as they are shown; older clients send an object, whose keys count.
    pub(in crate::users) fn tags(&mut self) -> Sent<Vec<String>> {
        self.list_or_keys("tags", |entry| match entry {
            Json::Object(mut tag) => tag.remove("name").and_then(text_of),
            other => text_of(other),
        })
    }

    fn list_or_keys(&mut self, name: &str, entry: fn(Json) -> Option<String>) -> Sent<Vec<String>> {
        match self.members.remove(name) {
            Some(Ok(Json::Object(object))) => Sent::Value(object.into_keys().collect()),
            member => self.list(name, member, entry),
        }
    }

    fn list(
        &mut self,
        name: &str,
        member: Option<Member>,
        entry: fn(Json) -> Option<String>,
    ) -> Sent<Vec<String>> {
        let entries = match member {
            None => return Sent::Absent,
            Some(Ok(Json::Null)) => return Sent::Null,
            Some(Ok(Json::Array(entries))) => entries,
            Some(Ok(other)) => return self.refuse(name, &messages::not_a_list(type_name(&other))),
            Some(Err(reason)) => return self.refuse(name, &messages::text(&reason)),
        };
        let mut texts = Vec::with_capacity(entries.len());
        for (index, json) in entries.into_iter().enumerate() {
            match entry(json) {
                Some(text) => texts.push(text),
                None => self
                    .errors
                    .add(name, messages::item(index, messages::NOT_A_STRING)),
            }
        }
        if self.errors.has(name) {
            Sent::Absent
        } else {
            Sent::Value(texts)
        }
    }

    /// The names of the members that were not taken yet.
    pub(in crate::users) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Takes a member as it is.
    pub(in crate::users) fn take(&mut self, name: &str) -> Option<Member> {
        self.members.remove(name)
    }

    /// Names whatever nobody took.
    pub(in crate::users) fn ignore_rest(self, ignored: &mut Ignored) -> FieldErrors {
        for name in self.members.keys() {
            ignored.add(name);
        }
        self.errors
    }

    fn refuse<T>(&mut self, name: &str, message: &str) -> Sent<T> {
        self.errors.add(name, message);
        Sent::Absent
    }
}

fn text_of(json: Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text),
        _ => None,
    }
}

/// Notes what `validator` finds wrong with lengths and counts.
pub(in crate::users) fn validate(body: &impl Validate, errors: &mut FieldErrors) {
    if let Err(found) = body.validate() {
        note(&found, errors);
    }
}

fn note(found: &ValidationErrors, errors: &mut FieldErrors) {
    for (field, kind) in found.errors() {
        match kind {
            ValidationErrorsKind::Struct(nested) => note(nested, errors),
            ValidationErrorsKind::List(entries) => {
                for nested in entries.values() {
                    note(nested, errors);
                }
            }
            ValidationErrorsKind::Field(reasons) => {
                for reason in reasons {
                    errors.add(field, messages::validation(reason));
                }
            }
        }
    }
}
