//! The body of a status change.

use users_domain::model::StatusTrigger;
use users_domain::rules::ChangeStatus;
use validator::Validate;

use super::fields::reason;
use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, validate};
use crate::http::request::{Ignored, Members, Sent};

/// The members with checked types; their values are not validated yet.
#[derive(Debug, Validate)]
struct UpdateStatusBody {
    #[validate(length(max = limits::REASON))]
    reason: Sent<String>,
}

/// Reads a status change, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read(
    members: Members,
    trigger: StatusTrigger,
    ignored: &mut Ignored,
) -> Result<ChangeStatus, FieldErrors> {
    let mut fields = Fields::new(members);
    let status = fields.status(|_| messages::INVALID_STATUS.to_owned());
    let body = UpdateStatusBody {
        reason: fields.text("reason"),
    };
    let mut errors = fields.ignore_rest(ignored);
    if status == Sent::Absent && !errors.has("status") {
        errors.add("status", messages::REQUIRED);
    }
    validate(&body, &mut errors);
    let reason = reason(body.reason, &mut errors);
    match status.value() {
        Some(to) if errors.is_empty() => Ok(ChangeStatus {
            to,
            reason,
            trigger,
        }),
        _ => Err(errors),
    }
}
