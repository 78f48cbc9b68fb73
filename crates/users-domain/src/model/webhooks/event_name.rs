//! Event names and the subscriptions of a destination.

use std::fmt;

use crate::model::{InvalidValue, WebhookType};

/// An event name to which a destination can subscribe, including families of events that this service never emits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName(String);

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
        let emitted = WebhookType::ALL.iter().any(|emitted| emitted.as_str() == text);
        let of_a_family = Self::FAMILIES.iter().any(|family| {
            text.strip_prefix(family).is_some_and(|member| {
                !member.is_empty()
                    && member
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_')
            })
        });
        if text.len() <= Self::MAX_CHARACTERS
            && (emitted || of_a_family || Self::WORDS.contains(&text))
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::UnknownWord)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The event names to which a destination is subscribed, without duplicates, in the order given. An empty list
/// subscribes to nothing.
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
        let mut unique: Vec<EventName> = Vec::new();
        for name in names {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        if unique.len() > Self::MAX {
            return Err(InvalidValue::TooMany { max: Self::MAX });
        }
        Ok(Self(unique))
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[EventName] {
        &self.0
    }
}
