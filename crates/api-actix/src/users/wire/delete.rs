//! The body of a batch delete.

use std::collections::BTreeSet;

use users_domain::model::{UserId, UserKey, VendorData};
use users_domain::service::DeleteUsers;
use validator::{Validate, ValidateLength};

use super::limits;
use crate::error::{ApiError, FieldErrors, messages};
use crate::request::fields::{Entries, Fields, each, validate};
use crate::request::{Ignored, Members, Sent};

const BY_NAME: &str = "vendor_data_list";
const BY_ID: &str = "didit_internal_id_list";

/// By type right, and not yet more.
#[derive(Debug, Validate)]
struct DeleteBody {
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    vendor_data_list: Sent<Entries>,
    #[validate(length(max = limits::BATCH, code = "too_many"))]
    didit_internal_id_list: Sent<Entries>,
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
        body.check_types(&mut errors);
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
    fn check_types(self, errors: &mut FieldErrors) {
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
