//! The body of a rotation.

use users_domain::model::webhooks::RotationGrace;
use validator::Validate;

use super::limits;
use crate::error::FieldErrors;
use crate::request::fields::{Fields, optional, validate};
use crate::request::{Ignored, Members, Sent};

/// By type right, and not yet more.
#[derive(Debug, Validate)]
struct RotateBody {
    #[validate(range(min = 0_i64, max = limits::GRACE_HOURS))]
    grace_hours: Sent<i64>,
}

/// Reads for how long old secrets sign along, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::webhooks) fn read(
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
        // Below zero there is no number of hours; it is told like one beyond the greatest.
        RotationGrace::from_hours(u64::try_from(hours).unwrap_or(u64::MAX))
    });
    if errors.is_empty() {
        Ok(grace.unwrap_or(RotationGrace::DEFAULT))
    } else {
        Err(errors)
    }
}
