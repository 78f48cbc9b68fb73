//! The two lists in which bodies name users: by `vendor_data` and by id.

use std::collections::BTreeSet;

use users_domain::model::{UserId, UserKey, VendorData};

use super::limits;
use crate::error::{FieldErrors, messages};
use crate::request::fields::{Entries, Fields, each};

pub(super) const BY_NAME: &str = "vendor_data_list";
const BY_ID: &str = "didit_internal_id_list";

/// By type right and not too many, and not yet more.
#[derive(Debug, Default)]
pub(super) struct NamedUsers {
    vendor_data_list: Entries,
    didit_internal_id_list: Entries,
}

impl NamedUsers {
    /// Takes both lists out of a body.
    pub(super) fn take(fields: &mut Fields) -> Self {
        let mut take = |name| {
            let sent = fields.texts(name, limits::BATCH);
            sent.value().unwrap_or_default()
        };
        Self {
            vendor_data_list: take(BY_NAME),
            didit_internal_id_list: take(BY_ID),
        }
    }

    /// Passes both lists over, whatever they hold: where all users are meant, nobody reads them.
    pub(super) fn skip(fields: &mut Fields) -> Self {
        fields.take(BY_NAME);
        fields.take(BY_ID);
        Self::default()
    }

    /// Whether nobody is named.
    pub(super) fn is_empty(&self) -> bool {
        self.vendor_data_list.is_empty() && self.didit_internal_id_list.is_empty()
    }

    /// Each user that could be meant. A text that is no `vendor_data` names nobody, which is no error.
    pub(super) fn keys(self, errors: &mut FieldErrors) -> Vec<UserKey> {
        if self.vendor_data_list.len() + self.didit_internal_id_list.len() > limits::BATCH {
            let message = messages::too_many_together(limits::BATCH);
            errors.add(BY_NAME, message.clone());
            errors.add(BY_ID, message);
            return Vec::new();
        }
        let names = each(self.vendor_data_list, BY_NAME, errors, |name| {
            Ok(VendorData::parse(name).ok())
        });
        let ids = each(self.didit_internal_id_list, BY_ID, errors, |id| {
            UserId::parse(&id).map_err(|_| messages::NOT_A_UUID.to_owned())
        });
        let names = names.into_iter().flatten().map(UserKey::VendorData);
        let keys: BTreeSet<_> = names.chain(ids.into_iter().map(UserKey::Id)).collect();
        keys.into_iter().collect()
    }
}
