//! `/v3/users/{vendor_data}/legal-hold/`, and the same by id for users that may be deleted: one file for each method.

mod answer;
mod get;
mod lift;
mod set;

use actix_web::HttpRequest;
use users_domain::model::{UserId, UserKey};

pub(crate) use answer::HoldBody;
pub(crate) use get::get;
pub(crate) use lift::lift;
pub(crate) use set::set;

use crate::error::ApiError;
use crate::request::{segment, vendor_data};

/// Of `/v3/users/by-id/{didit_internal_id}/…`, split at the slashes.
const ID: usize = 4;

/// How a path names a user.
pub(crate) type Named = fn(&HttpRequest) -> Result<UserKey, ApiError>;

/// By `vendor_data`, for users that are there.
pub(crate) fn by_name(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let name = vendor_data(request)?.ok_or(ApiError::NotFound)?;
    Ok(UserKey::VendorData(name))
}

/// By id, for deleted users too.
pub(crate) fn by_id(request: &HttpRequest) -> Result<UserKey, ApiError> {
    let id = segment(request, ID, |text| UserId::parse(text).ok())?.ok_or(ApiError::NotFound)?;
    Ok(UserKey::IdIncludingDeleted(id))
}
