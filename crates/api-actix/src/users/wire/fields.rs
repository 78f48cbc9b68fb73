//! Taking a body apart, member by member: types only. Nothing is coerced, and every error of every member is noted.

use users_domain::model::{InvalidValue, Json, JsonObject, Reason, UserStatus};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::Sent;
use crate::error::{FieldErrors, messages};
use crate::request::{Ignored, Member, Members, type_name};

/// No name of a tag, in neither of the ways to send one.
const NOT_A_TAG: &str = "Expected a name, or an object with a name.";

/// A list at whose places stands a text, or what is wrong with what was sent there.
pub(in crate::users) type Entries = Vec<Result<String, &'static str>>;

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
    pub(in crate::users) fn texts(&mut self, name: &str) -> Sent<Entries> {
        let member = self.members.remove(name);
        self.list(name, member, text_of)
    }

    /// A list of texts; older clients send an object, whose keys count.
    pub(in crate::users) fn texts_or_keys(&mut self, name: &str) -> Sent<Entries> {
        self.list_or_keys(name, text_of)
    }

    /// A list of tags, by name or as they are shown; older clients send an object, whose keys count.
    pub(in crate::users) fn tags(&mut self) -> Sent<Entries> {
        self.list_or_keys("tags", |entry| match entry {
            Json::Object(mut tag) => match tag.remove("name") {
                Some(Json::String(name)) => Ok(name),
                _ => Err(NOT_A_TAG),
            },
            other => text_of(other),
        })
    }

    fn list_or_keys(
        &mut self,
        name: &str,
        entry: fn(Json) -> Result<String, &'static str>,
    ) -> Sent<Entries> {
        match self.members.remove(name) {
            Some(Ok(Json::Object(object))) => Sent::Value(object.into_keys().map(Ok).collect()),
            member => self.list(name, member, entry),
        }
    }

    fn list(
        &mut self,
        name: &str,
        member: Option<Member>,
        entry: fn(Json) -> Result<String, &'static str>,
    ) -> Sent<Entries> {
        match member {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Array(entries))) => Sent::Value(entries.into_iter().map(entry).collect()),
            Some(Ok(other)) => self.refuse(name, &messages::not_a_list(type_name(&other))),
            Some(Err(reason)) => self.refuse(name, &messages::text(&reason)),
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

fn text_of(json: Json) -> Result<String, &'static str> {
    match json {
        Json::String(text) => Ok(text),
        _ => Err(messages::NOT_A_STRING),
    }
}

/// The values of those entries that have one, in their order. Whatever is wrong with any other is noted, be it its type
/// or its value. The caller has made sure that the list is within its limit.
pub(in crate::users) fn each<T>(
    entries: Entries,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(String) -> Result<T, String>,
) -> Vec<T> {
    let mut values = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        match entry.map_err(str::to_owned).and_then(&parse) {
            Ok(value) => values.push(value),
            Err(message) => errors.add(name, messages::item(index, &message)),
        }
    }
    values
}

/// Why a status changes. Forms send an empty text where nothing was entered.
pub(in crate::users) fn reason(sent: Sent<String>, errors: &mut FieldErrors) -> Option<Reason> {
    let text = sent.value().filter(|text| !text.is_empty())?;
    errors.keep("reason", Reason::parse(text))
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
