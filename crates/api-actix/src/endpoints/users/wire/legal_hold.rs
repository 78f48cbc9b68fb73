//! The body of a legal hold.

use users_domain::model::Reason;
use users_domain::rules::LegalHoldCommand;

use crate::http::error::FieldErrors;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members};

/// Reads the reason of a hold, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read(
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
