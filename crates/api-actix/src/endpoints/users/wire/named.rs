//! The two lists that name users in bodies, by `vendor_data` and by id, and the body of a batch delete.

use std::collections::BTreeSet;

use users_domain::model::{UserId, UserKey, VendorData};
use users_domain::service::DeleteUsers;

use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Entries, Fields};

/// The most users in one batch, both lists together.
const MAX_USERS: usize = 1000;

pub(in crate::endpoints) const BY_NAME: &str = "vendor_data_list";
const BY_ID: &str = "didit_internal_id_list";

/// The lists with checked types and lengths; the entries are not validated yet.
#[derive(Debug, Default)]
pub(in crate::endpoints) struct NamedUsers {
    vendor_data_list: Entries,
    didit_internal_id_list: Entries,
}

impl NamedUsers {
    /// Reads both lists from a body.
    pub(in crate::endpoints) fn take(fields: &mut Fields<'_>) -> Self {
        let mut take = |name| {
            let sent = fields.texts(name, MAX_USERS);
            sent.value().unwrap_or_default()
        };
        Self { vendor_data_list: take(BY_NAME), didit_internal_id_list: take(BY_ID) }
    }

    /// Skips both lists, whose content is irrelevant if all users are meant.
    fn skip(fields: &mut Fields<'_>) -> Self {
        fields.take(BY_NAME);
        fields.take(BY_ID);
        Self::default()
    }

    /// Whether both lists are empty.
    pub(in crate::endpoints) fn is_empty(&self) -> bool {
        self.vendor_data_list.is_empty() && self.didit_internal_id_list.is_empty()
    }

    /// The key of each named user. A text that is not a valid `vendor_data` names no user, which is no error.
    pub(in crate::endpoints) fn keys(self, fields: &mut Fields<'_>) -> Vec<UserKey> {
        if self.vendor_data_list.len() + self.didit_internal_id_list.len() > MAX_USERS {
            let message = messages::too_many_together(MAX_USERS);
            fields.errors.add(BY_NAME, message.clone());
            fields.errors.add(BY_ID, message);
            return Vec::new();
        }
        let names =
            fields.each(self.vendor_data_list, BY_NAME, |name| Ok(VendorData::parse(name).ok()));
        let ids = fields.each(self.didit_internal_id_list, BY_ID, |id| {
            UserId::parse(&id).map_err(|_| messages::NOT_A_UUID.to_owned())
        });
        let names = names.into_iter().flatten().map(UserKey::VendorData);
        let keys: BTreeSet<_> = names.chain(ids.into_iter().map(UserKey::Id)).collect();
        keys.into_iter().collect()
    }
}

/// Reads which users to delete, or all field errors; `None` if the body selects no users.
pub(in crate::endpoints::users) fn read_deletion(
    mut fields: Fields<'_>,
) -> Result<Option<DeleteUsers>, FieldErrors> {
    let all = fields.boolean("delete_all").value().unwrap_or(false);
    let named = if all { NamedUsers::skip(&mut fields) } else { NamedUsers::take(&mut fields) };
    let selects_some = !named.is_empty();
    let keys = named.keys(&mut fields);
    let some = || selects_some.then_some(DeleteUsers::Some(keys));
    fields.finish(Some(if all { Some(DeleteUsers::All) } else { some() }))
}
