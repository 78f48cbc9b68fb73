//! The body of a rotation.

use users_domain::model::{KeyGrace, Timestamp};
use users_domain::rules::keys::KeyRotation;

use super::key;
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, optional};
use crate::http::request::{Ignored, Members};

/// Reads the parameters of a rotation, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::keys) fn read(
    members: Members,
    now: Timestamp,
    ignored: &mut Ignored,
) -> Result<KeyRotation, FieldErrors> {
    let mut fields = Fields::new(members);
    let (grace, expires_at) = (fields.integer("grace_minutes"), fields.moment("expires_at"));
    let mut errors = fields.ignore_rest(ignored);
    let grace = optional(grace, "grace_minutes", &mut errors, |minutes| {
        // A negative number gets the same error as one above the limit.
        KeyGrace::from_minutes(u64::try_from(minutes).unwrap_or(u64::MAX))
    });
    let expires_at = key::end(expires_at, now, &mut errors);
    if errors.is_empty() {
        Ok(KeyRotation {
            grace: grace.unwrap_or(KeyGrace::DEFAULT),
            expires_at,
        })
    } else {
        Err(errors)
    }
}
