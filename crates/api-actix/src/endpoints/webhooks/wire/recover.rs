//! The body of a recovery.

use users_domain::model::Timestamp;

use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, required};
use crate::http::request::parameters::moment;
use crate::http::request::{Ignored, Members};

/// Reads the start of a recovery, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::webhooks) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<Timestamp, FieldErrors> {
    let mut fields = Fields::new(members);
    let since = fields.text("since");
    let mut errors = fields.ignore_rest(ignored);
    let since = required(since, "since", &mut errors, |text| moment(&text));
    since.ok_or(errors)
}
