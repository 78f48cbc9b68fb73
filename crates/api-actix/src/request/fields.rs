//! Taking a body apart, member by member: types only. Nothing is coerced, and every error of every member is noted.

use users_domain::model::{InvalidValue, Json, Timestamp};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::{Ignored, Members, Raw, Sent};
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

    /// A text.
    pub(crate) fn text(&mut self, name: &str) -> Sent<String> {
        match self.scalar(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::String(text))) => Sent::Value(text),
            Some(_) => self.refuse(name, messages::NOT_A_STRING),
        }
    }

    /// True or false.
    pub(crate) fn boolean(&mut self, name: &str) -> Sent<bool> {
        match self.scalar(name) {
            None => Sent::Absent,
            Some(Ok(Json::Null)) => Sent::Null,
            Some(Ok(Json::Bool(value))) => Sent::Value(value),
            Some(_) => self.refuse(name, messages::NOT_A_BOOLEAN),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Sent<i64> {
        let whole = match self.scalar(name) {
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
        let Some(sent) = self.take(name) else {
            return Sent::Absent;
        };
        match sent.json(1) {
            Ok(Json::Null) => Sent::Null,
            Ok(Json::String(word)) => parse(&word).map_or_else(
                |_| self.refuse(name, &messages::not_a_choice(&word)),
                Sent::Value,
            ),
            _ => self.refuse(name, &messages::not_a_choice(sent.text())),
        }
    }

    /// An object; `other` is what is told about another type of this name.
    pub(crate) fn object(&mut self, name: &str, other: fn(&str) -> String) -> Sent<Members> {
        let Some(sent) = self.take(name) else {
            return Sent::Absent;
        };
        match sent.members() {
            Some(members) => Sent::Value(members),
            None if sent.is_null() => Sent::Null,
            None => self.refuse(name, &other(sent.type_name())),
        }
    }

    /// A list of at most `max` texts.
    pub(crate) fn texts(&mut self, name: &str, max: usize) -> Sent<Entries> {
        let sent = self.take(name);
        self.list(name, sent, max, text_of)
    }

    /// The first texts of a list, with an error noted where there are more than `max`.
    pub(crate) fn first_texts(&mut self, name: &str, max: usize) -> Sent<Entries> {
        let sent = self.take(name);
        match &sent {
            Some(list) if list.is_list() => {
                let (entries, has_more) = list.entries(max);
                if has_more {
                    self.errors.add(name, messages::too_many(max));
                }
                Sent::Value(entries.iter().map(text_of).collect())
            }
            _ => self.list(name, sent, max, text_of),
        }
    }

    /// A list of at most `max` texts; older clients send an object, whose keys count.
    pub(crate) fn texts_or_keys(&mut self, name: &str, max: usize) -> Sent<Entries> {
        self.list_or_keys(name, max, text_of)
    }

    /// A list of what `entry` makes of each of at most `max` places; older clients send an object, whose keys count.
    pub(crate) fn list_or_keys(
        &mut self,
        name: &str,
        max: usize,
        entry: impl FnMut(&Raw) -> Result<String, &'static str>,
    ) -> Sent<Entries> {
        let sent = self.take(name);
        match sent.as_ref().and_then(Raw::members) {
            Some(members) if members.len() > max => self.refuse(name, &messages::too_many(max)),
            Some(members) => Sent::Value(members.into_keys().map(Ok).collect()),
            None => self.list(name, sent, max, entry),
        }
    }

    /// No entry beyond the limit is read.
    fn list(
        &mut self,
        name: &str,
        sent: Option<Raw>,
        max: usize,
        entry: impl FnMut(&Raw) -> Result<String, &'static str>,
    ) -> Sent<Entries> {
        let Some(sent) = sent else {
            return Sent::Absent;
        };
        if sent.is_null() {
            return Sent::Null;
        }
        if !sent.is_list() {
            return self.refuse(name, &messages::not_a_list(sent.type_name()));
        }
        let (entries, has_more) = sent.entries(max);
        if has_more {
            return self.refuse(name, &messages::too_many(max));
        }
        Sent::Value(entries.iter().map(entry).collect())
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
    pub(crate) fn take(&mut self, name: &str) -> Option<Raw> {
        self.members.remove(name)
    }

    /// Takes a member that is no list and no object.
    fn scalar(&mut self, name: &str) -> Option<Result<Json, InvalidValue>> {
        self.take(name).map(|sent| sent.json(1))
    }

    /// Notes the members that were not taken as unknown.
    pub(crate) fn ignore_rest(self, ignored: &mut Ignored) -> FieldErrors {
        for name in self.members.keys() {
            ignored.unknown(name);
        }
        self.errors
    }

    /// The same of the object within a body that the member of this name is; they are named after it.
    pub(crate) fn ignore_rest_within(self, name: &str, ignored: &mut Ignored) -> FieldErrors {
        for member in self.members.keys() {
            ignored.unknown(&format!("{name}.{member}"));
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
pub(crate) fn text_of(entry: &Raw) -> Result<String, &'static str> {
    match entry.json(1) {
        Ok(Json::String(text)) => Ok(text),
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

/// As [`each`], but of entries that are the same the first alone.
pub(crate) fn distinct<T>(
    entries: Entries,
    name: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(String) -> Result<T, InvalidValue>,
    is_same: fn(&T, &T) -> bool,
) -> Vec<T> {
    let mut values: Vec<T> = Vec::with_capacity(entries.len());
    let parse = |text| parse(text).map_err(|reason| messages::text(&reason));
    for value in each(entries, name, errors, parse) {
        if !values.iter().any(|known| is_same(known, &value)) {
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
