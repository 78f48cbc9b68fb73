//! Field errors: all errors of a request at once, up to limits.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use users_domain::model::InvalidValue;

use super::messages;

/// The member in which Django REST framework puts errors of an object as a whole.
pub(crate) const NON_FIELD_ERRORS: &str = "non_field_errors";

/// Error messages by field, in the format of Django REST framework. Above the limits, only the number of further errors
/// is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FieldErrors {
    fields: BTreeMap<String, Messages>,
    /// The number of errors in fields beyond the limit.
    more: usize,
}

/// The errors of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Messages {
    texts: Vec<String>,
    /// The number of errors beyond the limit.
    more: usize,
}

impl FieldErrors {
    /// The most fields that are named.
    const MAX_FIELDS: usize = 40;

    /// The most errors of one field that are stored.
    const MAX_MESSAGES: usize = 10;

    /// A single error of one field.
    pub(crate) fn of(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Adds an error; a repeated text counts once.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        if let Some(messages) = self.messages(field) {
            messages.add(message.into());
        }
    }

    /// Adds the API's message for an invalid value.
    pub(crate) fn add_invalid(&mut self, field: &str, reason: &InvalidValue) {
        self.add(field, messages::text(reason));
    }

    /// Returns the value, or records its error and returns `None`.
    pub(crate) fn keep<T>(&mut self, field: &str, value: Result<T, InvalidValue>) -> Option<T> {
        value.map_err(|reason| self.add_invalid(field, &reason)).ok()
    }

    /// The value, unless there are errors.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds the errors of an object in this field, as `field.member`.
    pub(crate) fn add_within(&mut self, field: &str, inner: Self) {
        self.append_as(inner, |member| format!("{field}.{member}"));
    }

    /// Adds the errors of another part of the request.
    pub(crate) fn append(&mut self, others: Self) {
        self.append_as(others, str::to_owned);
    }

    fn append_as(&mut self, others: Self, name: impl Fn(&str) -> String) {
        for (field, others) in others.fields {
            if let Some(messages) = self.messages(&name(&field)) {
                others.texts.into_iter().for_each(|text| messages.add(text));
                messages.more += others.more;
            }
        }
        self.more += others.more;
    }

    /// The messages of a field. Beyond the limit of fields, counts the error and returns `None`.
    fn messages(&mut self, field: &str) -> Option<&mut Messages> {
        if self.fields.len() >= Self::MAX_FIELDS && !self.fields.contains_key(field) {
            self.more += 1;
            return None;
        }
        Some(self.fields.entry(field.to_owned()).or_default())
    }

    /// The messages with their fields, without the values that they quote.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = String> {
        self.fields.iter().flat_map(|(field, messages)| {
            let texts = messages.texts.iter();
            let texts = texts.filter_map(|text| text.rsplit('"').next());
            texts.map(move |text| format!("{field}: {}", text.trim_start()))
        })
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The fields that have an error, in the order of their names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Messages {
    fn add(&mut self, message: String) {
        if self.texts.contains(&message) {
            return;
        }
        if self.texts.len() < FieldErrors::MAX_MESSAGES {
            self.texts.push(message);
        } else {
            self.more += 1;
        }
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (field, messages) in &self.fields {
            let texts = shown.entry(messages::shortened(field)).or_default();
            texts.extend(messages.texts.iter().cloned());
            texts.extend((messages.more > 0).then(|| messages::more_errors(messages.more)));
        }
        if self.more > 0 {
            let texts = shown.entry(NON_FIELD_ERRORS.into()).or_default();
            texts.push(messages::more_errors(self.more));
        }
        serializer.collect_map(shown)
    }
}

#[cfg(test)]
mod tests;
