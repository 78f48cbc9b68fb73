//! The body of a rotation.

use users_domain::model::webhooks::RotationGrace;
use validator::Validate;

use super::limits;
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, optional, validate};
use crate::http::request::{Ignored, Members, Sent};

/// The members with checked types; their values are not validated yet.
#[derive(Debug, Validate)]
struct RotateBody {
    #[validate(range(min = 0_i64, max = limits::GRACE_HOURS))]
    grace_hours: Sent<i64>,
}

/// Reads how long old secrets continue to sign, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::webhooks) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<RotationGrace, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = RotateBody {
        grace_hours: fields.integer("grace_hours"),
    };
    let mut errors = fields.ignore_rest(ignored);
    validate(&body, &mut errors);
    let grace = optional(body.grace_hours, "grace_hours", &mut errors, |hours| {
        // A negative number gets the same error as one above the limit.
        RotationGrace::from_hours(u64::try_from(hours).unwrap_or(u64::MAX))
    });
    if errors.is_empty() {
        Ok(grace.unwrap_or(RotationGrace::DEFAULT))
    } else {
        Err(errors)
    }
}
