//! `/v3/users/{vendor_data}/legal-hold/`, and the same by id, also for deleted users: one file for each method.

mod answer;
mod get;
mod lift;
pub(in crate::endpoints) mod openapi;
mod set;

use actix_web::HttpRequest;
use users_domain::model::{UserId, UserKey};

pub(crate) use answer::HoldBody;
pub(crate) use get::get;
pub(crate) use lift::lift;
pub(crate) use set::set;

use crate::http::error::ApiError;
use crate::http::request::{segment, vendor_data};

/// The index of the id in `/v3/users/by-id/{didit_internal_id}/…`, split at slashes.
const ID: usize = 4;

/// Reads the user that a path names.
pub(crate) type Named = fn(&HttpRequest) -> Result<UserKey, ApiError>;

/// By `vendor_data`, for users that are not deleted.
pub(crate) fn by_name(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let name = vendor_data(request)?.ok_or(ApiError::NotFound)?;
    Ok(UserKey::VendorData(name))
}

/// By id, also for deleted users.
pub(crate) fn by_id(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let id = segment(request, ID, |text| UserId::parse(text).ok())?.ok_or(ApiError::NotFound)?;
    Ok(UserKey::IdIncludingDeleted(id))
}
