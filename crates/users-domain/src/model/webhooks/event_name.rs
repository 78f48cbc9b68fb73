//! What a destination wants to hear of.

use std::fmt;

use crate::model::{InvalidValue, WebhookType};

/// The name of a kind of event that a destination may subscribe to, also of families that this service never fires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventName(String);

impl EventName {
    /// The longest accepted name, in characters.
    pub const MAX_CHARACTERS: usize = 64;

    const WORDS: [&str; 3] = ["status.updated", "data.updated", "activity.created"];
    const FAMILIES: [&str; 3] = ["business.", "transaction.", "travel_rule."];

    /// Reads a name, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`] for what nobody fires.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let fired = WebhookType::ALL.iter().any(|fired| fired.as_str() == text);
        let of_a_family = Self::FAMILIES.iter().any(|family| {
            text.strip_prefix(family).is_some_and(|member| {
                !member.is_empty()
                    && member
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_')
            })
        });
        if text.len() <= Self::MAX_CHARACTERS
            && (fired || of_a_family || Self::WORDS.contains(&text))
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

/// The kinds of events a destination wants, each once, in the order they were given. None: it hears of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions(Vec<EventName>);

impl Subscriptions {
    /// The most names one destination may give.
    pub const MAX: usize = 50;

    /// Keeps the first of equal names.
    ///
    /// # Errors
    /// [`InvalidValue::TooMany`].
    pub fn new(names: impl IntoIterator<Item = EventName>) -> Result<Self, InvalidValue> {
        let mut kept: Vec<EventName> = Vec::new();
        for name in names {
            if !kept.contains(&name) {
                kept.push(name);
            }
        }
        if kept.len() > Self::MAX {
            return Err(InvalidValue::TooMany { max: Self::MAX });
        }
        Ok(Self(kept))
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[EventName] {
        &self.0
    }
}
