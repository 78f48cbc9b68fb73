//! The body of a batch delete.

use users_domain::service::DeleteUsers;

use super::named::NamedUsers;
use crate::error::ApiError;
use crate::request::fields::Fields;
use crate::request::{Ignored, Members};

/// Reads which users to delete, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::users) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<DeleteUsers, ApiError> {
    let mut fields = Fields::new(members);
    let all = fields.boolean("delete_all").value().unwrap_or(false);
    let named = NamedUsers::take(&mut fields);
    refuse_filters(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    if all {
        named.check_types(&mut errors);
        return if errors.is_empty() {
            Ok(DeleteUsers::All)
        } else {
            Err(errors.into())
        };
    }
    let selects_nothing = named.is_empty();
    let keys = named.keys(&mut errors);
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if selects_nothing {
        return Err(ApiError::NothingSelected);
    }
    Ok(DeleteUsers::Some(keys))
}

/// A filter that nobody reads would delete more than was meant.
fn refuse_filters(fields: &mut Fields) {
    for name in fields.names() {
        if name.starts_with("filter_") {
            fields.take(&name);
            let message = "Filters are not supported. Name the users, or set delete_all=true.";
            fields.errors.add(&name, message);
        }
    }
}
