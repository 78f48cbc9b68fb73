//! The bodies of a status change and of a legal hold.

use users_domain::model::{Reason, StatusTrigger};
use users_domain::rules::{ChangeStatus, LegalHoldCommand, Patch};

use super::fields::parse_reason;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members};

/// Reads a status change, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read_status(
    members: Members,
    trigger: StatusTrigger,
    ignored: &mut Ignored,
) -> Result<ChangeStatus, FieldErrors> {
    let mut fields = Fields::new(members);
    let status = fields.status(|_| messages::INVALID_STATUS.to_owned());
    let reason = fields.text_within("reason", Reason::MAX_CHARACTERS);
    let mut errors = fields.ignore_rest(ignored);
    if status == Patch::Absent && !errors.has("status") {
        errors.add("status", messages::REQUIRED);
    }
    let reason = parse_reason(reason, &mut errors);
    match status.value() {
        Some(to) if errors.is_empty() => Ok(ChangeStatus { to, reason, trigger }),
        _ => Err(errors),
    }
}

/// Reads the reason of a hold, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read_legal_hold(
    members: Members,
    ignored: &mut Ignored,
) -> Result<LegalHoldCommand, FieldErrors> {
    let mut fields = Fields::new(members);
    let reason = fields.required_text("reason", Reason::parse_required);
    let errors = fields.ignore_rest(ignored);
    match reason {
        Some(reason) if errors.is_empty() => Ok(LegalHoldCommand::Set { reason }),
        _ => Err(errors),
    }
}
