//! The body of a restoration.

use users_domain::model::UserKey;
use users_domain::service::RestoreUsers;

use crate::endpoints::users::wire::named::{BY_NAME, NamedUsers};
use crate::http::error::FieldErrors;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members};

const NO_SELECTION: &str = "Provide vendor_data_list or didit_internal_id_list.";

/// Reads which users to restore, or all field errors. Adds unknown members to `ignored`.
pub(super) fn read(members: Members, ignored: &mut Ignored) -> Result<RestoreUsers, FieldErrors> {
    let mut fields = Fields::new(members);
    let named = NamedUsers::take(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    if named.is_empty() && errors.is_empty() {
        errors.add(BY_NAME, NO_SELECTION);
    }
    let keys = named.keys(&mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut command = RestoreUsers::default();
    for key in keys {
        match key {
            UserKey::VendorData(name) => command.names.push(name),
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => command.ids.push(id),
        }
    }
    Ok(command)
}
