//! The body of a batch delete.

use users_domain::service::DeleteUsers;

use super::named::NamedUsers;
use crate::http::error::FieldErrors;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members, Sent as _};

/// Reads which users to delete, or all field errors; `None` if the body selects no users. Adds unknown members to
/// `ignored`.
pub(in crate::endpoints::users) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<Option<DeleteUsers>, FieldErrors> {
    let mut fields = Fields::new(members);
    let all = fields.boolean("delete_all").value().unwrap_or(false);
    let named = if all { NamedUsers::skip(&mut fields) } else { NamedUsers::take(&mut fields) };
    let mut errors = fields.ignore_rest(ignored);
    let selects_nothing = named.is_empty();
    let keys = named.keys(&mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    if all {
        return Ok(Some(DeleteUsers::All));
    }
    Ok((!selects_nothing).then_some(DeleteUsers::Some(keys)))
}
