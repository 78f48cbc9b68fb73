//! The body of a batch delete.

use std::collections::BTreeSet;

use users_domain::model::{UserId, UserKey, VendorData};
use users_domain::service::DeleteUsers;
use validator::{Validate, ValidateLength};

use super::fields::validate;
use super::{Fields, Sent, limits};
use crate::error::{ApiError, FieldErrors, messages};
use crate::request::{Ignored, Members};

const BY_NAME: &str = "vendor_data_list";
const BY_ID: &str = "didit_internal_id_list";

/// By type right, and not yet more.
#[derive(Debug, Validate)]
struct DeleteBody {
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    vendor_data_list: Sent<Vec<String>>,
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    didit_internal_id_list: Sent<Vec<String>>,
}

/// Reads which users to delete, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::users) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<DeleteUsers, ApiError> {
    let mut fields = Fields::new(members);
    let all = fields.boolean("delete_all").value().unwrap_or(false);
    let body = DeleteBody {
        vendor_data_list: fields.texts(BY_NAME),
        didit_internal_id_list: fields.texts(BY_ID),
    };
    refuse_filters(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    if all {
        return if errors.is_empty() {
            Ok(DeleteUsers::All)
        } else {
            Err(errors.into())
        };
    }
    validate(&body, &mut errors);
    let selects_nothing = body.ids() == 0;
    let keys = body.keys(&mut errors);
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

impl DeleteBody {
    fn ids(&self) -> u64 {
        [&self.vendor_data_list, &self.didit_internal_id_list]
            .into_iter()
            .filter_map(ValidateLength::length)
            .sum()
    }

    /// Each user that could be meant. A text that is no `vendor_data` names nobody, which is no error.
    fn keys(self, errors: &mut FieldErrors) -> Vec<UserKey> {
        if self.ids() > limits::BATCH && errors.is_empty() {
            let message = messages::too_many_together(limits::BATCH);
            errors.add(BY_NAME, message.clone());
            errors.add(BY_ID, message);
        }
        if !errors.is_empty() {
            return Vec::new();
        }
        let names = self.vendor_data_list.value().unwrap_or_default();
        let ids = self.didit_internal_id_list.value().unwrap_or_default();
        let mut keys = BTreeSet::new();
        let known = names
            .into_iter()
            .filter_map(|name| VendorData::parse(name).ok());
        keys.extend(known.map(UserKey::VendorData));
        for (index, id) in ids.iter().enumerate() {
            match UserId::parse(id) {
                Ok(id) => {
                    keys.insert(UserKey::Id(id));
                }
                Err(_) => errors.add(BY_ID, messages::item(index, messages::NOT_A_UUID)),
            }
        }
        keys.into_iter().collect()
    }
}
