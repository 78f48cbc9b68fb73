//! Cursors into the deliveries of one destination. Owns their encoding; must never let one be read or changed outside of
//! the service, nor work for another destination.

use key_ring::{KeyRing, SealError};
use serde::{Deserialize, Serialize};
use users_domain::model::webhooks::{Attempt, AttemptFilter, AttemptOutcome, AttemptStart};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, TimeRange, Timestamp};

use crate::cursor::{open, seal};

/// The longest cursor, in characters: all of them stay below it.
pub(crate) const MAX_CHARACTERS: usize = 512;

/// Changes with the encoding; a cursor of another version is refused like any that is not ours.
const VERSION: u8 = 1;

/// Sets these cursors apart from those of other lists.
const KIND: &[u8] = b"deliveries";

/// Whose deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::webhooks) struct Owner {
    pub(in crate::webhooks) application: ApplicationId,
    pub(in crate::webhooks) destination: DestinationId,
}

impl Owner {
    fn associated_data(self) -> Vec<u8> {
        let (application, destination) = (self.application.uuid(), self.destination.uuid());
        [
            application.as_bytes().as_slice(),
            destination.as_bytes(),
            KIND,
        ]
        .concat()
    }
}

/// A page of older deliveries: those behind this one that pass the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::webhooks) struct Cursor {
    pub(in crate::webhooks) created_at: Timestamp,
    pub(in crate::webhooks) id: AttemptId,
    pub(in crate::webhooks) filter: AttemptFilter,
}

impl Cursor {
    /// Behind this attempt.
    pub(in crate::webhooks) fn behind(attempt: &Attempt, filter: AttemptFilter) -> Self {
        Self {
            created_at: attempt.created_at,
            id: attempt.id,
            filter,
        }
    }

    /// Where the page begins.
    pub(in crate::webhooks) fn start(&self) -> AttemptStart {
        AttemptStart::After {
            created_at: self.created_at,
            id: self.id,
        }
    }

    /// The text that clients carry.
    pub(in crate::webhooks) fn seal(
        &self,
        keys: &KeyRing,
        owner: Owner,
    ) -> Result<String, SealError> {
        seal(&Wire::from(self), keys, &owner.associated_data())
    }

    /// Reads what [`Cursor::seal`] made for the same owner. Which part of a text is wrong, is deliberately not told.
    pub(in crate::webhooks) fn open(text: &str, keys: &KeyRing, owner: Owner) -> Option<Self> {
        if text.len() > MAX_CHARACTERS {
            return None;
        }
        open::<Wire>(text, keys, &owner.associated_data())?.read()
    }
}

/// The sealed form. Names are short because they travel in every URL; times are microseconds since the Unix epoch.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "v")]
    version: u8,
    #[serde(rename = "t")]
    created_at: i64,
    #[serde(rename = "i")]
    id: String,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    before: Option<i64>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    outcomes: Option<Vec<String>>,
}

impl From<&Cursor> for Wire {
    fn from(cursor: &Cursor) -> Self {
        let AttemptFilter {
            created_at: TimeRange { from, before },
            outcomes,
        } = &cursor.filter;
        let words = |outcomes: &Vec<AttemptOutcome>| {
            let words = outcomes.iter().map(|outcome| outcome.as_str().to_owned());
            words.collect()
        };
        Self {
            version: VERSION,
            created_at: cursor.created_at.unix_micros(),
            id: cursor.id.uuid().simple().to_string(),
            from: from.map(Timestamp::unix_micros),
            before: before.map(Timestamp::unix_micros),
            outcomes: outcomes.as_ref().map(words),
        }
    }
}

impl Wire {
    fn read(self) -> Option<Cursor> {
        if self.version != VERSION {
            return None;
        }
        let time = |micros: Option<i64>| match micros {
            None => Some(None),
            Some(micros) => Timestamp::from_unix_micros(micros).map(Some),
        };
        let outcomes = self
            .outcomes
            .map(|words| {
                words
                    .iter()
                    .map(|word| AttemptOutcome::parse(word))
                    .collect()
            })
            .transpose();
        Some(Cursor {
            created_at: Timestamp::from_unix_micros(self.created_at)?,
            id: AttemptId::parse(&self.id).ok()?,
            filter: AttemptFilter {
                created_at: TimeRange {
                    from: time(self.from)?,
                    before: time(self.before)?,
                },
                outcomes: outcomes.ok()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use key_ring::{Purpose, Secret};
    use testkit::base_time;
    use uuid::Uuid;

    use super::*;

    fn owner(application: u128, destination: u128) -> Owner {
        Owner {
            application: ApplicationId::new(Uuid::from_u128(application)),
            destination: DestinationId::new(Uuid::from_u128(destination)),
        }
    }

    fn cursors() -> [Cursor; 2] {
        let bare = Cursor {
            created_at: base_time(),
            id: AttemptId::new(Uuid::from_u128(7)),
            filter: AttemptFilter::default(),
        };
        let full = Cursor {
            filter: AttemptFilter {
                created_at: TimeRange {
                    from: Some(Timestamp::UNIX_EPOCH),
                    before: Some(base_time()),
                },
                outcomes: Some(AttemptOutcome::ALL.to_vec()),
            },
            ..bare.clone()
        };
        [bare, full]
    }

    #[test]
    fn a_cursor_comes_back_for_its_owner_alone() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        for cursor in cursors() {
            let text = cursor.seal(&keys, owner(1, 2)).unwrap();
            assert!(text.len() <= MAX_CHARACTERS, "{}", text.len());
            assert_eq!(Cursor::open(&text, &keys, owner(1, 2)), Some(cursor));
            for stranger in [owner(1, 3), owner(3, 2), owner(2, 1)] {
                assert_eq!(Cursor::open(&text, &keys, stranger), None);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_of_this_list_is_refused() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        let owner = owner(1, 2);
        let mut wire = Wire::from(&cursors()[0]);
        wire.version += 1;
        let plain = serde_json::to_vec(&wire).unwrap();
        let other_version = keys.seal_text(Purpose::Cursor, &plain, &owner.associated_data());
        let other_list =
            keys.seal_text(Purpose::Cursor, &plain, owner.application.uuid().as_bytes());
        for text in [
            String::new(),
            "x".to_owned(),
            "A".repeat(MAX_CHARACTERS + 1),
            other_version.unwrap(),
            other_list.unwrap(),
        ] {
            assert_eq!(Cursor::open(&text, &keys, owner), None, "{text}");
        }
    }
}
