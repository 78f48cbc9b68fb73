//! Event names and the subscriptions of a destination.

use crate::model::invalid::unique;
use crate::model::names::text;
use crate::model::{InvalidValue, WebhookType};

text!(
    /// An event name to which a destination can subscribe, including families of events that this service never emits.
    EventName
);

impl EventName {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 64;

    const WORDS: [&str; 3] = ["status.updated", "data.updated", "activity.created"];
    const FAMILIES: [&str; 3] = ["business.", "transaction.", "travel_rule."];

    /// Parses an exact event name.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`] for any other name.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let is_member = |byte: u8| byte.is_ascii_lowercase() || b"._".contains(&byte);
        let member = Self::FAMILIES.iter().find_map(|family| text.strip_prefix(family));
        let is_known = WebhookType::find(text).is_some()
            || Self::WORDS.contains(&text)
            || member.is_some_and(|member| !member.is_empty() && member.bytes().all(is_member));
        if is_known && text.len() <= Self::MAX_CHARACTERS {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::UnknownWord)
        }
    }
}

/// The event names that a destination subscribes to, without duplicates, in the order given; may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions(Vec<EventName>);

impl Subscriptions {
    /// Maximum number of event names per destination.
    pub const MAX: usize = 50;

    /// Creates the subscriptions; drops duplicates.
    ///
    /// # Errors
    /// [`InvalidValue::TooMany`].
    pub fn new(names: impl IntoIterator<Item = EventName>) -> Result<Self, InvalidValue> {
        unique(names, Self::MAX).map(Self)
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[EventName] {
        &self.0
    }
}
