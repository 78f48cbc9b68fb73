//! The body of a create request.

use users_domain::model::{KeyKind, KeyLimits, KeyName};
use users_domain::rules::Patch;
use users_domain::rules::keys::NewKey;

use super::key::{self, Bounds, KeyFields};
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, required};
use crate::http::request::{Ignored, Members};

/// Reads a new key, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::keys) fn read(
    members: Members,
    bounds: &Bounds,
    ignored: &mut Ignored,
) -> Result<NewKey, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = KeyFields::take(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    let (name, role, values) = key::values(body, bounds, &mut errors);
    let name = required(name, "name", &mut errors, KeyName::parse);
    let role = required(role, "role", &mut errors, Ok);
    match (name, role) {
        (Some(name), Some(role)) if errors.is_empty() => Ok(NewKey {
            name,
            kind: KeyKind::Role(role),
            expires_at: given(values.expires_at),
            allowed_ips: values.allowed_ips.unwrap_or_default(),
            limits: KeyLimits {
                reads_per_minute: given(values.reads_per_minute),
                writes_per_minute: given(values.writes_per_minute),
            },
        }),
        _ => Err(errors),
    }
}

/// For a new key, absent and null are equal.
fn given<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Absent | Patch::Clear => None,
        Patch::Set(value) => Some(value),
    }
}
