//! Taking a body apart, member by member: types only. Nothing is coerced, and every error of every member is noted.

use users_domain::model::{InvalidValue, Json, JsonObject, Timestamp};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{Ignored, Member, Members, Sent, type_name};
use crate::error::{FieldErrors, messages};

/// A list at whose places stands a text, or what is wrong with what was sent there.
pub(crate) type Entries = Vec<Result<String, &'static str>>;

/// The members of a body that were not taken yet, and what was wrong with those that were.
pub(crate) struct Fields {
    members: Members,
    pub(crate) errors: FieldErrors,
}

impl Fields {
    /// Nothing is taken yet.
    pub(crate) fn new(members: Members) -> Self {
        Self {
            members,
            errors: FieldErrors::default(),
        }
    }

    /// Of an object within a body.
    pub(crate) fn within(object: JsonObject) -> Self {
        Self::new(
            object
                .into_iter()
                .map(|(name, json)| (name, Ok(json)))
                .collect(),
        )
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Sent<String> {
        match self.take(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::String(text))) => Sent::Value(text),
            Some(_) => self.refuse(name, messages::NOT_A_STRING),
        }
    }

    /// True or false.
    pub(crate) fn boolean(&mut self, name: &str) -> Sent<bool> {
        match self.take(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Bool(value))) => Sent::Value(value),
            Some(_) => self.refuse(name, messages::NOT_A_BOOLEAN),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Sent<i64> {
        let whole = match self.take(name) {
            None => return Sent::Absent,
            Some(Ok(Json::Null)) => return Sent::Null,
            Some(Ok(Json::Number(number))) => number.as_integer(),
            Some(_) => None,
        };
        whole.map_or_else(|| self.refuse(name, messages::NOT_AN_INTEGER), Sent::Value)
    }

    /// A moment as RFC 3339 writes it.
    pub(crate) fn moment(&mut self, name: &str) -> Sent<Timestamp> {
        match self.text(name) {
            Sent::Absent => Sent::Absent,
            Sent::Null => Sent::Null,
            Sent::Value(text) => Timestamp::parse(&text)
                .map_or_else(|_| self.refuse(name, messages::NOT_A_MOMENT), Sent::Value),
        }
    }

    /// A word of a closed set. Anything else is told as it was sent.
    pub(crate) fn choice<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Result<T, InvalidValue>,
    ) -> Sent<T> {
        match self.take(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::String(word))) => parse(&word).map_or_else(
                |_| self.refuse(name, &messages::not_a_choice(&word)),
                Sent::Value,
            ),
            Some(Ok(other)) => self.refuse(name, &messages::not_a_choice(&other.to_string())),
            Some(Err(reason)) => self.refuse(name, &messages::text(&reason)),
        }
    }

    /// An object; `other` is what is told about another type of this name.
    pub(crate) fn object(&mut self, name: &str, other: fn(&str) -> String) -> Sent<JsonObject> {
        match self.take(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Object(object))) => Sent::Value(object),
            Some(Ok(json)) => self.refuse(name, &other(type_name(&json))),
            Some(Err(reason)) => self.refuse(name, &messages::text(&reason)),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Sent<Entries> {
        let member = self.take(name);
        self.list(name, member, text_of)
    }

    /// A list of texts; older clients send an object, whose keys count.
    pub(crate) fn texts_or_keys(&mut self, name: &str) -> Sent<Entries> {
        self.list_or_keys(name, text_of)
    }

    /// A list of what `entry` makes of each place; older clients send an object, whose keys count.
    pub(crate) fn list_or_keys(
        &mut self,
        name: &str,
        entry: fn(Json) -> Result<String, &'static str>,
    ) -> Sent<Entries> {
        match self.take(name) {
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

    /// What was wrong with the members taken until now; from here on there is nothing noted.
    pub(crate) fn take_errors(&mut self) -> FieldErrors {
        std::mem::take(&mut self.errors)
    }

    /// The names of the members that were not taken yet.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Takes a member as it is.
    pub(crate) fn take(&mut self, name: &str) -> Option<Member> {
        self.members.remove(name)
    }

    /// Notes the members that were not taken as unknown.
    pub(crate) fn ignore_rest(self, ignored: &mut Ignored) -> FieldErrors {
        for name in self.members.keys() {
            ignored.unknown(name);
        }
        self.errors
    }

    /// Notes what is wrong with a member, of which there is nothing to go on with.
    pub(crate) fn refuse<T>(&mut self, name: &str, message: &str) -> Sent<T> {
        self.errors.add(name, message);
        Sent::Absent
    }
}

/// An entry of a list of texts.
pub(crate) fn text_of(json: Json) -> Result<String, &'static str> {
    match json {
        Json::String(text) => Ok(text),
        _ => Err(messages::NOT_A_STRING),
    }
}

/// The values of those entries that have one, in their order. Whatever is wrong with any other is noted, be it its type
/// or its value. The caller has made sure that the list is within its limit.
pub(crate) fn each<T>(
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

/// As [`each`], but of entries with the same value the first alone.
pub(crate) fn distinct<T: PartialEq>(
    entries: Entries,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
) -> Vec<T> {
    let mut values = Vec::with_capacity(entries.len());
    let parse = |text| parse(text).map_err(|reason| messages::text(&reason));
    for value in each(entries, name, errors, parse) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// The value of a member that must be there. Nothing, with an error noted, where it is not or is not valid.
pub(crate) fn required<T, U>(
    sent: Sent<T>,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl FnOnce(T) -> Result<U, InvalidValue>,
) -> Option<U> {
    match sent {
        Sent::Value(value) => return errors.keep(name, parse(value)),
        Sent::Null => errors.add(name, messages::NULL),
        Sent::Absent if errors.has(name) => {}
        Sent::Absent => errors.add(name, messages::REQUIRED),
    }
    None
}

/// The value of a member that may be left out, but not be null.
pub(crate) fn optional<T, U>(
    sent: Sent<T>,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl FnOnce(T) -> Result<U, InvalidValue>,
) -> Option<U> {
    match sent {
        Sent::Absent => None,
        Sent::Null => {
            errors.add(name, messages::NULL);
            None
        }
        Sent::Value(value) => errors.keep(name, parse(value)),
    }
}

/// Notes what `validator` finds wrong with lengths, counts and ranges.
pub(crate) fn validate(body: &impl Validate, errors: &mut FieldErrors) {
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
