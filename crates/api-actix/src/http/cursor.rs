//! Encodes cursors as sealed JSON. Clients cannot read or change a cursor, and a cursor works only for the list and
//! owner for which it was created. Each list defines its own cursor content.

use key_ring::{KeyRing, Purpose, SealError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use users_domain::model::{TimeRange, Timestamp};

/// Seals a cursor. `owner` identifies the list and its application; the cursor opens only with the same `owner`.
#[expect(
    clippy::expect_used,
    reason = "structs of texts and numbers always have a JSON form"
)]
pub(crate) fn seal(
    wire: &impl Serialize,
    keys: &KeyRing,
    owner: &[u8],
) -> Result<String, SealError> {
    let plain = serde_json::to_vec(wire).expect("a JSON form");
    keys.seal_text(Purpose::Cursor, &plain, owner)
}

/// Opens a cursor sealed for the same `owner`. Returns `None` for every defect, so that clients cannot probe the
/// format.
pub(crate) fn open<W: DeserializeOwned>(text: &str, keys: &KeyRing, owner: &[u8]) -> Option<W> {
    let plain = keys.open_text(Purpose::Cursor, text, owner).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// The bounds `from` and `before`, in microseconds since the Unix epoch.
#[derive(serde::Serialize, serde::Deserialize, Default)]
pub(crate) struct WireRange(Option<i64>, Option<i64>);

impl WireRange {
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_none() && self.1.is_none()
    }

    /// `None` if a bound is outside the range of [`Timestamp`].
    pub(crate) fn read(&self) -> Option<TimeRange> {
        let time = |micros: Option<i64>| match micros {
            None => Some(None),
            Some(micros) => Timestamp::from_unix_micros(micros).map(Some),
        };
        Some(TimeRange {
            from: time(self.0)?,
            before: time(self.1)?,
        })
    }
}

impl From<TimeRange> for WireRange {
    fn from(range: TimeRange) -> Self {
        let micros = |time: Option<Timestamp>| time.map(Timestamp::unix_micros);
        Self(micros(range.from), micros(range.before))
    }
}
