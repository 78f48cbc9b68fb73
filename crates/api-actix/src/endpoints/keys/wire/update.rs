//! The body of an update.

use users_domain::model::KeyName;
use users_domain::rules::keys::KeyUpdate;

use super::key::{self, Bounds, KeyFields};
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, optional};
use crate::http::request::{Ignored, Members};

/// Reads the changes, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::keys) fn read(
    members: Members,
    bounds: &Bounds,
    ignored: &mut Ignored,
) -> Result<KeyUpdate, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = KeyFields::take(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    let (name, role, values) = key::values(body, bounds, &mut errors);
    let update = KeyUpdate {
        name: optional(name, "name", &mut errors, KeyName::parse),
        role: optional(role, "role", &mut errors, Ok),
        expires_at: values.expires_at,
        allowed_ips: values.allowed_ips,
        reads_per_minute: values.reads_per_minute,
        writes_per_minute: values.writes_per_minute,
    };
    if errors.is_empty() {
        Ok(update)
    } else {
        Err(errors)
    }
}
