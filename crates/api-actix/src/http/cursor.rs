//! Cursors: a place in a list, and the parameters that select and order its rows. Clients cannot read or change a
//! cursor, and it works only for the list and the owner for which it was created. Each list defines its own form of
//! places.

use key_ring::{KeyRing, Purpose};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use users_domain::model::{ApplicationId, Timestamp};
use uuid::Uuid;

use super::error::ApiError;

/// The version of the encoding; cursors of other versions are rejected.
const VERSION: u8 = 3;

/// The list and the owner of cursors.
pub(crate) struct Scope<'a> {
    keys: &'a KeyRing,
    associated_data: Vec<u8>,
}

impl<'a> Scope<'a> {
    /// The list with this name of an application; `part` narrows it, for example to one user.
    pub(crate) fn new(
        keys: &'a KeyRing,
        application: ApplicationId,
        list: &str,
        part: &[u8],
    ) -> Self {
        let application = application.uuid();
        let associated_data = [application.as_bytes(), list.as_bytes(), b"\0", part].concat();
        Self { keys, associated_data }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor<P> {
    /// Where the page begins.
    #[serde(rename = "p")]
    pub(crate) place: P,
    /// The names and values of the parameters that select and order the rows.
    #[serde(rename = "q", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<(String, String)>,
}

impl<P: Serialize> Cursor<P> {
    pub(crate) fn seal(&self, scope: &Scope<'_>) -> Result<String, ApiError> {
        let defect = |reason: String| ApiError::Internal { reason };
        let plain = serde_json::to_vec(&(VERSION, self));
        let plain = plain.map_err(|error| defect(error.to_string()))?;
        let sealed = (scope.keys).seal_text(Purpose::Cursor, &plain, &scope.associated_data);
        sealed.map_err(|error| defect(error.to_string()))
    }
}

impl<P: DeserializeOwned> Cursor<P> {
    /// Opens a cursor sealed for the same scope. Returns `None` for every defect, so that clients cannot probe the
    /// format.
    pub(crate) fn open(text: &str, scope: &Scope<'_>) -> Option<Self> {
        let plain = (scope.keys).open_text(Purpose::Cursor, text, &scope.associated_data);
        let (version, cursor) = serde_json::from_slice::<(u8, Self)>(&plain.ok()?).ok()?;
        (version == VERSION).then_some(cursor)
    }
}

/// A row at a time, in the form of cursors: microseconds since the Unix epoch, and an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowAt(i64, String);

impl RowAt {
    pub(crate) fn new(at: Timestamp, id: Uuid) -> Self {
        Self(at.unix_micros(), id.simple().to_string())
    }

    /// Time and id; `None` if the time is outside the range of [`Timestamp`].
    pub(crate) fn read(&self) -> Option<(Timestamp, Uuid)> {
        let id = Uuid::try_parse(&self.1).ok()?;
        Some((Timestamp::from_unix_micros(self.0)?, id))
    }
}

#[cfg(test)]
mod tests;
