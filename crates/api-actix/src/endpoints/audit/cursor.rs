//! Cursors into the audit trail.

use key_ring::{KeyRing, SealError};
use serde::{Deserialize, Serialize};
use users_domain::model::{
    ApplicationId, AuditFilter, AuditId, AuditPlace, AuditStart, KeyId, Operation, RequestId,
    Timestamp, VendorData,
};

use crate::http::cursor::{WireRange, open, seal};

/// The longest cursor, in characters; the longest name in its filter fits.
pub(crate) const MAX_CHARACTERS: usize = 8 * 1024;

/// The version of the encoding; cursors of other versions are rejected.
const VERSION: u8 = 1;

/// The application or user whose entries a list contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// All entries of an application.
    Application(ApplicationId),
    /// The entries of a user.
    User(ApplicationId, &'a VendorData),
}

impl Owner<'_> {
    /// Distinguishes these cursors from those of other lists.
    fn sealed_for(self) -> Vec<u8> {
        let (application, kind, name) = match self {
            Self::Application(application) => (application, "audit log", ""),
            Self::User(application, name) => (application, "activity", name.as_str()),
        };
        let application = application.uuid();
        [
            application.as_bytes().as_slice(),
            kind.as_bytes(),
            name.as_bytes(),
        ]
        .concat()
    }
}

/// A page after or before an entry, and its filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) start: AuditStart,
    pub(super) filter: AuditFilter,
}

impl Cursor {
    /// Seals the cursor as text.
    pub(super) fn seal(&self, keys: &KeyRing, owner: Owner<'_>) -> Result<String, SealError> {
        seal(&Wire::from(self), keys, &owner.sealed_for())
    }

    /// Opens a cursor sealed for the same owner.
    pub(super) fn open(text: &str, keys: &KeyRing, owner: Owner<'_>) -> Option<Self> {
        if text.len() > MAX_CHARACTERS {
            return None;
        }
        open::<Wire>(text, keys, &owner.sealed_for())?.read()
    }
}

/// The sealed form. Names are short, as cursors are part of URLs.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "v")]
    version: u8,
    /// Time in microseconds since the Unix epoch, id, and whether the page has newer entries; `None` for the newest
    /// page.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    start: Option<(i64, String, bool)>,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    vendor_data: Option<String>,
    #[serde(rename = "t", default, skip_serializing_if = "WireRange::is_open")]
    at: WireRange,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl From<&Cursor> for Wire {
    fn from(cursor: &Cursor) -> Self {
        let placed = |place: AuditPlace, newer| {
            let id = place.id.uuid().simple().to_string();
            Some((place.at.unix_micros(), id, newer))
        };
        let filter = &cursor.filter;
        Self {
            version: VERSION,
            start: match cursor.start {
                AuditStart::Newest => None,
                AuditStart::OlderThan(place) => placed(place, false),
                AuditStart::NewerThan(place) => placed(place, true),
            },
            actor: filter.actor.map(|key| key.uuid().simple().to_string()),
            operation: filter
                .operation
                .map(|operation| operation.as_str().to_owned()),
            vendor_data: (filter.vendor_data.as_ref()).map(|name| name.as_str().to_owned()),
            at: filter.at.into(),
            request_id: (filter.request_id.as_ref()).map(|id| id.as_str().to_owned()),
        }
    }
}

impl Wire {
    fn read(self) -> Option<Cursor> {
        if self.version != VERSION {
            return None;
        }
        let start = match self.start {
            None => AuditStart::Newest,
            Some((at, id, newer)) => {
                let place = AuditPlace {
                    at: Timestamp::from_unix_micros(at)?,
                    id: AuditId::parse(&id).ok()?,
                };
                if newer {
                    AuditStart::NewerThan(place)
                } else {
                    AuditStart::OlderThan(place)
                }
            }
        };
        Some(Cursor {
            start,
            filter: AuditFilter {
                actor: (self.actor.map(|text| KeyId::parse(&text)))
                    .transpose()
                    .ok()?,
                operation: (self.operation.map(|word| Operation::find(&word).ok_or(())))
                    .transpose()
                    .ok()?,
                vendor_data: self.vendor_data.map(VendorData::parse).transpose().ok()?,
                at: self.at.read()?,
                request_id: (self.request_id.map(|text| RequestId::parse(&text)))
                    .transpose()
                    .ok()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use key_ring::Secret;
    use testkit::{base_time, vendor_data};
    use users_domain::model::TimeRange;
    use uuid::Uuid;

    use super::*;

    fn application(id: u128) -> ApplicationId {
        ApplicationId::new(Uuid::from_u128(id))
    }

    fn cursors() -> [Cursor; 3] {
        let place = AuditPlace {
            at: base_time(),
            id: AuditId::new(Uuid::from_u128(7)),
        };
        let filter = AuditFilter {
            actor: Some(KeyId::new(Uuid::max())),
            operation: Some(Operation::ReportTransactions),
            vendor_data: Some(vendor_data(&"\"".repeat(VendorData::MAX_BYTES))),
            at: TimeRange {
                from: Some(Timestamp::UNIX_EPOCH),
                before: Some(base_time()),
            },
            request_id: RequestId::parse(&"r".repeat(RequestId::MAX_CHARACTERS)).ok(),
        };
        [
            (AuditStart::Newest, AuditFilter::default()),
            (AuditStart::OlderThan(place), AuditFilter::default()),
            (AuditStart::NewerThan(place), filter),
        ]
        .map(|(start, filter)| Cursor { start, filter })
    }

    #[test]
    fn a_cursor_opens_only_for_its_owner() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        let (ada, bob) = (vendor_data("ada"), vendor_data("bob"));
        let owners = [
            Owner::Application(application(1)),
            Owner::Application(application(2)),
            Owner::User(application(1), &ada),
            Owner::User(application(1), &bob),
            Owner::User(application(2), &ada),
        ];
        for cursor in cursors() {
            for owner in owners {
                let text = cursor.seal(&keys, owner).unwrap();
                assert!(text.len() <= MAX_CHARACTERS, "{}", text.len());
                for other in owners {
                    let expected = (owner == other).then(|| cursor.clone());
                    assert_eq!(Cursor::open(&text, &keys, other), expected);
                }
            }
        }
    }

    #[test]
    fn other_texts_and_versions_are_rejected() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        let owner = Owner::Application(application(1));
        let mut wire = Wire::from(&cursors()[1]);
        wire.version += 1;
        let other_version = seal(&wire, &keys, &owner.sealed_for()).unwrap();
        for text in ["", "x", &"A".repeat(MAX_CHARACTERS + 1), &other_version] {
            assert_eq!(Cursor::open(text, &keys, owner), None, "{text}");
        }
    }
}
