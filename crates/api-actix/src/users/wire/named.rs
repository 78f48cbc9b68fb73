//! The two lists in which bodies name users: by `vendor_data` and by id.

use std::collections::BTreeSet;

use users_domain::model::{UserId, UserKey, VendorData};
use validator::{Validate, ValidateLength};

use super::limits;
use crate::error::{FieldErrors, messages};
use crate::request::Sent;
use crate::request::fields::{Entries, Fields, each, validate};

pub(super) const BY_NAME: &str = "vendor_data_list";
const BY_ID: &str = "didit_internal_id_list";

/// By type right, and not yet more.
#[derive(Debug, Validate)]
pub(super) struct NamedUsers {
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    vendor_data_list: Sent<Entries>,
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    didit_internal_id_list: Sent<Entries>,
}

impl NamedUsers {
    /// Takes both lists out of a body.
    pub(super) fn take(fields: &mut Fields) -> Self {
        Self {
            vendor_data_list: fields.texts(BY_NAME),
            didit_internal_id_list: fields.texts(BY_ID),
        }
    }

    /// Whether nobody is named.
    pub(super) fn is_empty(&self) -> bool {
        self.ids() == 0
    }

    fn ids(&self) -> u64 {
        [&self.vendor_data_list, &self.didit_internal_id_list]
            .into_iter()
            .filter_map(ValidateLength::length)
            .sum()
    }

    /// Each user that could be meant. A text that is no `vendor_data` names nobody, which is no error.
    pub(super) fn keys(self, errors: &mut FieldErrors) -> Vec<UserKey> {
        validate(&self, errors);
        if self.ids() > limits::BATCH {
            if errors.is_empty() {
                let message = messages::too_many_together(limits::BATCH);
                errors.add(BY_NAME, message.clone());
                errors.add(BY_ID, message);
            }
            return Vec::new();
        }
        let names = self.vendor_data_list.value().unwrap_or_default();
        let ids = self.didit_internal_id_list.value().unwrap_or_default();
        let names = each(names, BY_NAME, errors, |name| {
            Ok(VendorData::parse(name).ok())
        });
        let ids = each(ids, BY_ID, errors, |id| {
            UserId::parse(&id).map_err(|_| messages::NOT_A_UUID.to_owned())
        });
        let names = names.into_iter().flatten().map(UserKey::VendorData);
        let keys: BTreeSet<_> = names.chain(ids.into_iter().map(UserKey::Id)).collect();
        keys.into_iter().collect()
    }

    /// Where everything is to be deleted nobody reads the lists, which may be of any length: one error of each is told.
    pub(super) fn check_types(self, errors: &mut FieldErrors) {
        for (name, list) in [
            (BY_NAME, self.vendor_data_list),
            (BY_ID, self.didit_internal_id_list),
        ] {
            let entries = list.value().unwrap_or_default().into_iter().enumerate();
            let wrong = entries.filter_map(|(index, entry)| Some((index, entry.err()?)));
            for (index, message) in wrong.take(1) {
                errors.add(name, messages::item(index, message));
            }
        }
    }
}
