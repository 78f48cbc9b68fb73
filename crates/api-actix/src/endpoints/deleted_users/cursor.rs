//! Cursors into an application's deleted users. Clients cannot read or change a cursor, and it works only for its
//! application.

use key_ring::{KeyRing, Purpose, SealError};
use serde::{Deserialize, Serialize};
use users_domain::model::{ApplicationId, DeletedPosition, Timestamp, UserId};

/// The longest cursor, in characters.
pub(crate) const MAX_CHARACTERS: usize = 512;

/// The version of the encoding; cursors of other versions are rejected.
const VERSION: u8 = 1;

/// Distinguishes these cursors from those of other lists.
const KIND: &[u8] = b"deleted users";

/// The sealed form: a time in microseconds since the Unix epoch, and an id.
#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(rename = "v")]
    version: u8,
    #[serde(rename = "t")]
    deleted_at: i64,
    #[serde(rename = "i")]
    id: String,
}

/// Seals a position as the cursor text.
#[expect(
    clippy::expect_used,
    reason = "structs of texts and numbers always have a JSON form"
)]
pub(super) fn seal(
    place: DeletedPosition,
    keys: &KeyRing,
    application: ApplicationId,
) -> Result<String, SealError> {
    let wire = Wire {
        version: VERSION,
        deleted_at: place.deleted_at.unix_micros(),
        id: place.id.uuid().simple().to_string(),
    };
    let plain = serde_json::to_vec(&wire).expect("a JSON form");
    keys.seal_text(Purpose::Cursor, &plain, &associated_data(application))
}

/// Opens a cursor sealed for the same application. Returns `None` for every defect, so that clients cannot probe the
/// format.
pub(super) fn open(
    text: &str,
    keys: &KeyRing,
    application: ApplicationId,
) -> Option<DeletedPosition> {
    if text.len() > MAX_CHARACTERS {
        return None;
    }
    let plain = keys
        .open_text(Purpose::Cursor, text, &associated_data(application))
        .ok()?;
    let wire: Wire = serde_json::from_slice(&plain).ok()?;
    if wire.version != VERSION {
        return None;
    }
    Some(DeletedPosition {
        deleted_at: Timestamp::from_unix_micros(wire.deleted_at)?,
        id: UserId::parse(&wire.id).ok()?,
    })
}

fn associated_data(application: ApplicationId) -> Vec<u8> {
    [application.uuid().as_bytes().as_slice(), KIND].concat()
}

#[cfg(test)]
mod tests {
    use key_ring::Secret;
    use testkit::base_time;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_application_and_list() {
        let keys = KeyRing::new(Secret::generate().unwrap(), Vec::new());
        let application = |number| ApplicationId::new(Uuid::from_u128(number));
        let place = DeletedPosition {
            deleted_at: base_time(),
            id: UserId::new(Uuid::from_u128(7)),
        };
        let text = seal(place, &keys, application(1)).unwrap();
        assert!(text.len() <= MAX_CHARACTERS, "{}", text.len());
        assert_eq!(open(&text, &keys, application(1)), Some(place));
        assert_eq!(open(&text, &keys, application(2)), None);
        let of_another_list = keys
            .seal_text(Purpose::Cursor, b"{}", application(1).uuid().as_bytes())
            .unwrap();
        for text in ["", "x", &"A".repeat(MAX_CHARACTERS + 1), &of_another_list] {
            assert_eq!(open(text, &keys, application(1)), None, "{text}");
        }
    }
}
