//! Reads the members of a body and checks their types. Nothing is coerced, and every error is recorded.

use users_domain::model::{InvalidValue, Json, LengthUnit, Timestamp};
use users_domain::rules::Patch;
use validator::ValidateLength as _;

use super::ignored::Ignored;
use super::json::{Members, Raw};
use super::parameters::message_of;
use crate::http::error::{FieldErrors, messages};

/// A list whose entries are a text or the error of the entry.
pub(crate) type Entries = Vec<Result<String, &'static str>>;

/// The members of an object that are not read yet, and the errors of those that are.
pub(crate) struct Fields<'i> {
    pub(crate) members: Members,
    pub(crate) errors: FieldErrors,
    pub(crate) ignored: &'i mut Ignored,
}

impl<'i> Fields<'i> {
    pub(crate) fn new(members: Members, ignored: &'i mut Ignored) -> Self {
        Self { members, errors: FieldErrors::default(), ignored }
    }

    /// The members of an object among these members; none if it was not sent.
    pub(crate) fn within(&mut self, sent: Patch<Members>) -> Fields<'_> {
        Fields::new(sent.value().unwrap_or_default(), self.ignored)
    }

    pub(crate) fn text(&mut self, name: &str) -> Patch<String> {
        match self.scalar(name) {
            None => Patch::Absent,
            Some(Ok(Json::Null)) => Patch::Clear,
            Some(Ok(Json::String(text))) => Patch::Set(text),
            Some(_) => self.refuse(name, messages::NOT_A_STRING),
        }
    }

    /// Reads a required string; `None` after an error.
    pub(crate) fn required_text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(String) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let sent = self.text(name);
        self.required(sent, name, parse)
    }

    /// Reads a required string from a closed set; `None` after an error.
    pub(crate) fn required_choice<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let sent = self.choice(name, parse);
        self.required(sent, name, Ok)
    }

    /// Reads a string of at most `max` characters. A longer one is an error, and also returned, so that other errors of
    /// its content are found.
    pub(crate) fn text_within(&mut self, name: &str, max: usize) -> Patch<String> {
        let sent = self.text(name);
        if let Patch::Set(text) = &sent
            && !text.validate_length(None, Some(max as u64), None)
        {
            let message = messages::too_long(max, LengthUnit::Characters);
            self.errors.add(name, message);
        }
        sent
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Patch<bool> {
        match self.scalar(name) {
            None => Patch::Absent,
            Some(Ok(Json::Null)) => Patch::Clear,
            Some(Ok(Json::Bool(value))) => Patch::Set(value),
            Some(_) => self.refuse(name, messages::NOT_A_BOOLEAN),
        }
    }

    pub(crate) fn integer(&mut self, name: &str) -> Patch<i64> {
        let whole = match self.scalar(name) {
            None => return Patch::Absent,
            Some(Ok(Json::Null)) => return Patch::Clear,
            Some(Ok(Json::Number(number))) => number.as_integer(),
            Some(_) => None,
        };
        whole.map_or_else(|| self.refuse(name, messages::NOT_AN_INTEGER), Patch::Set)
    }

    /// Reads an RFC 3339 time.
    pub(crate) fn moment(&mut self, name: &str) -> Patch<Timestamp> {
        let sent = self.text(name);
        sent.and_then(|text| {
            let moment = Timestamp::parse(&text);
            moment.map_err(|_| self.errors.add(name, messages::NOT_A_MOMENT)).ok()
        })
    }

    /// Reads a string from a closed set. The error for any other value quotes it.
    pub(crate) fn choice<T>(
        &mut self,
        name: &str,
        parse: fn(&str) -> Result<T, InvalidValue>,
    ) -> Patch<T> {
        let Some(sent) = self.take(name) else {
            return Patch::Absent;
        };
        match sent.json(1) {
            Ok(Json::Null) => Patch::Clear,
            Ok(Json::String(word)) => parse(&word)
                .map_or_else(|_| self.refuse(name, &messages::not_a_choice(&word)), Patch::Set),
            _ => self.refuse(name, &messages::not_a_choice(sent.text())),
        }
    }

    /// Reads an object; `other` returns the error message for another JSON type, given its name.
    pub(crate) fn object(&mut self, name: &str, other: fn(&str) -> String) -> Patch<Members> {
        let Some(sent) = self.take(name) else {
            return Patch::Absent;
        };
        match sent.members() {
            Some(members) => Patch::Set(members),
            None if sent.is_null() => Patch::Clear,
            None => self.refuse(name, &other(sent.type_name())),
        }
    }

    /// Reads a list of at most `max` strings.
    pub(crate) fn texts(&mut self, name: &str, max: usize) -> Patch<Entries> {
        let sent = self.take(name);
        self.list(name, sent, max, |entry, _| text_of(entry))
    }

    /// Reads the first `max` strings of a list and records an error if there are more.
    pub(crate) fn first_texts(&mut self, name: &str, max: usize) -> Patch<Entries> {
        let sent = self.take(name);
        match &sent {
            Some(list) if list.is_list() => {
                let (entries, has_more) = list.entries(max);
                if has_more {
                    self.errors.add(name, messages::too_many(max));
                }
                Patch::Set(entries.iter().map(text_of).collect())
            }
            _ => self.list(name, sent, max, |entry, _| text_of(entry)),
        }
    }

    /// Reads a list of at most `max` strings, or the keys of an object, which older clients send.
    pub(crate) fn texts_or_keys(&mut self, name: &str, max: usize) -> Patch<Entries> {
        self.list_or_keys(name, max, |entry, _| text_of(entry))
    }

    /// Reads a list of at most `max` entries, each converted by `entry`, or the keys of an object, which older clients
    /// send.
    pub(crate) fn list_or_keys(
        &mut self,
        name: &str,
        max: usize,
        entry: impl Fn(&Raw, &mut Ignored) -> Result<String, &'static str>,
    ) -> Patch<Entries> {
        let sent = self.take(name);
        match sent.as_ref().and_then(Raw::members) {
            Some(members) if members.len() > max => self.refuse(name, &messages::too_many(max)),
            Some(members) => Patch::Set(members.into_keys().map(Ok).collect()),
            None => self.list(name, sent, max, entry),
        }
    }

    /// Reads no entry beyond the limit.
    fn list(
        &mut self,
        name: &str,
        sent: Option<Raw>,
        max: usize,
        entry: impl Fn(&Raw, &mut Ignored) -> Result<String, &'static str>,
    ) -> Patch<Entries> {
        let Some(sent) = sent else {
            return Patch::Absent;
        };
        if sent.is_null() {
            return Patch::Clear;
        }
        if !sent.is_list() {
            return self.refuse(name, &messages::not_a_list(sent.type_name()));
        }
        let (entries, has_more) = sent.entries(max);
        if has_more {
            return self.refuse(name, &messages::too_many(max));
        }
        Patch::Set(entries.iter().map(|raw| entry(raw, self.ignored)).collect())
    }

    /// The values of the valid entries in order. Records the errors of the others, of type or value. The caller has
    /// checked the length of the list.
    pub(crate) fn each<T>(
        &mut self,
        entries: Entries,
        name: &str,
        parse: impl Fn(String) -> Result<T, String>,
    ) -> Vec<T> {
        let mut values = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            match entry.map_err(str::to_owned).and_then(&parse) {
                Ok(value) => values.push(value),
                Err(message) => self.errors.add(name, messages::item(index, &message)),
            }
        }
        values
    }

    /// As [`Self::each`], but keeps only the first of equal values.
    pub(crate) fn distinct<T>(
        &mut self,
        entries: Entries,
        name: &str,
        parse: impl Fn(String) -> Result<T, InvalidValue>,
        is_same: fn(&T, &T) -> bool,
    ) -> Vec<T> {
        let mut values: Vec<T> = Vec::with_capacity(entries.len());
        for value in self.each(entries, name, |text| parse(text).map_err(message_of)) {
            if !values.iter().any(|known| is_same(known, &value)) {
                values.push(value);
            }
        }
        values
    }

    /// The value of a required member; `None`, with an error recorded, if it is missing or invalid.
    pub(crate) fn required<T, U>(
        &mut self,
        sent: Patch<T>,
        name: &str,
        parse: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        if matches!(sent, Patch::Absent) && !self.errors.has(name) {
            self.errors.add(name, messages::REQUIRED);
        }
        self.optional(sent, name, parse)
    }

    /// The value of a member that may be absent, but not null.
    pub(crate) fn optional<T, U>(
        &mut self,
        sent: Patch<T>,
        name: &str,
        parse: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        match sent {
            Patch::Absent => None,
            Patch::Clear => {
                self.errors.add(name, messages::NULL);
                None
            }
            Patch::Set(value) => self.errors.keep(name, parse(value)),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Raw> {
        self.members.remove(name)
    }

    /// Reads a member that is neither a list nor an object.
    fn scalar(&mut self, name: &str) -> Option<Result<Json, InvalidValue>> {
        self.take(name).map(|sent| sent.json(1))
    }

    /// Records an error of a member and returns [`Patch::Absent`].
    pub(crate) fn refuse<T>(&mut self, name: &str, message: &str) -> Patch<T> {
        self.errors.add(name, message);
        Patch::Absent
    }

    /// Reports the members that were not read as unknown.
    pub(crate) fn ignore_rest(&mut self) {
        for name in std::mem::take(&mut self.members).keys() {
            self.ignored.unknown(name);
        }
    }

    /// As [`Self::ignore_rest`], for an object in the member `name`, whose members are reported as `name.member`.
    /// Returns the errors.
    pub(crate) fn ignore_rest_within(self, name: &str) -> FieldErrors {
        for member in self.members.keys() {
            self.ignored.unknown(&format!("{name}.{member}"));
        }
        self.errors
    }

    /// Reports the members that were not read as unknown, and returns the value, or all errors.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, FieldErrors> {
        self.ignore_rest();
        value.filter(|_| self.errors.is_empty()).ok_or(self.errors)
    }
}

/// Converts an entry of a list of strings.
pub(crate) fn text_of(entry: &Raw) -> Result<String, &'static str> {
    match entry.json(1) {
        Ok(Json::String(text)) => Ok(text),
        _ => Err(messages::NOT_A_STRING),
    }
}
