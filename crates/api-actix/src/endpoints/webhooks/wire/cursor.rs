//! Cursors into the deliveries of one destination. Clients cannot read or change a cursor, and it works only for its
//! destination.

use key_ring::{KeyRing, SealError};
use serde::{Deserialize, Serialize};
use users_domain::model::webhooks::{Attempt, AttemptFilter, AttemptOutcome, AttemptStart};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, TimeRange, Timestamp};

use crate::http::cursor::{open, seal};

/// The longest cursor, in characters.
pub(crate) const MAX_CHARACTERS: usize = 512;

/// The version of the encoding; cursors of other versions are rejected.
const VERSION: u8 = 1;

/// Distinguishes these cursors from those of other lists.
const KIND: &[u8] = b"deliveries";

/// The destination whose deliveries a list contains, and its application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::endpoints::webhooks) struct Owner {
    pub(in crate::endpoints::webhooks) application: ApplicationId,
    pub(in crate::endpoints::webhooks) destination: DestinationId,
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

/// A page of the deliveries that are older than this one and match the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::endpoints::webhooks) struct Cursor {
    pub(in crate::endpoints::webhooks) created_at: Timestamp,
    pub(in crate::endpoints::webhooks) id: AttemptId,
    pub(in crate::endpoints::webhooks) filter: AttemptFilter,
}

impl Cursor {
    /// The page of attempts older than this one.
    pub(in crate::endpoints::webhooks) fn older_than(
        attempt: &Attempt,
        filter: AttemptFilter,
    ) -> Self {
        Self {
            created_at: attempt.created_at,
            id: attempt.id,
            filter,
        }
    }

    /// The start of the page.
    pub(in crate::endpoints::webhooks) fn start(&self) -> AttemptStart {
        AttemptStart::After {
            created_at: self.created_at,
            id: self.id,
        }
    }

    /// Seals the cursor as text.
    pub(in crate::endpoints::webhooks) fn seal(
        &self,
        keys: &KeyRing,
        owner: Owner,
    ) -> Result<String, SealError> {
        seal(&Wire::from(self), keys, &owner.associated_data())
    }

    /// Opens a cursor sealed for the same owner. Returns `None` for every defect, so that clients cannot probe the
    /// format.
    pub(in crate::endpoints::webhooks) fn open(
        text: &str,
        keys: &KeyRing,
        owner: Owner,
    ) -> Option<Self> {
        if text.len() > MAX_CHARACTERS {
            return None;
        }
        open::<Wire>(text, keys, &owner.associated_data())?.read()
    }
}

/// The sealed form. Names are short, as cursors are part of URLs; times are microseconds since the Unix epoch.
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
    fn a_cursor_opens_only_for_its_owner() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        for cursor in cursors() {
            let text = cursor.seal(&keys, owner(1, 2)).unwrap();
            assert!(text.len() <= MAX_CHARACTERS, "{}", text.len());
            assert_eq!(Cursor::open(&text, &keys, owner(1, 2)), Some(cursor));
            for other in [owner(1, 3), owner(3, 2), owner(2, 1)] {
                assert_eq!(Cursor::open(&text, &keys, other), None);
            }
        }
    }

    #[test]
    fn other_texts_and_versions_are_rejected() {
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
