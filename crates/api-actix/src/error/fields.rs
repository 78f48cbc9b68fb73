//! Errors by field: all of a request at once.

use std::collections::BTreeMap;

use serde::Serialize;
use users_domain::model::InvalidValue;

use super::messages;

/// What is wrong with which field, in the shape that clients of Django REST framework know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// The one error of one field.
    pub(crate) fn of(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// Notes an error; the same text counts once.
    pub(crate) fn add(&mut self, field: &str, message: impl Into<String>) {
        let messages = self.0.entry(field.to_owned()).or_default();
        let message = message.into();
        if !messages.contains(&message) {
            messages.push(message);
        }
    }

    /// Notes why a value is not accepted, in the words of the API.
    pub(crate) fn add_invalid(&mut self, field: &str, reason: &InvalidValue) {
        self.add(field, messages::text(reason));
    }

    /// The value, or nothing and a noted error.
    pub(crate) fn keep<T>(&mut self, field: &str, value: Result<T, InvalidValue>) -> Option<T> {
        value
            .map_err(|reason| self.add_invalid(field, &reason))
            .ok()
    }

    /// Notes the errors of an object that stands in this field, as `field.member`.
    pub(crate) fn add_within(&mut self, field: &str, inner: Self) {
        for (member, messages) in inner.0 {
            for message in messages {
                self.add(&format!("{field}.{member}"), message);
            }
        }
    }

    /// Takes the errors of another part of the request over.
    pub(crate) fn append(&mut self, others: Self) {
        for (field, messages) in others.0 {
            for message in messages {
                self.add(&field, message);
            }
        }
    }

    /// What is wrong with which field, without the values that messages quote.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(field, messages)| {
            let messages = messages.iter().filter_map(|text| text.rsplit('"').next());
            messages.map(move |text| format!("{field}: {}", text.trim_start()))
        })
    }

    /// Whether this field has an error.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The fields that have an error, in the order of their names.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether no field has an error.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
