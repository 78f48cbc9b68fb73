//! Reads and builds the paths of keys. A segment that is not a valid id names no key.

use actix_web::HttpRequest;
use users_domain::model::KeyId;

use crate::http::error::ApiError;
use crate::http::request::segment;

/// The index of the id in `/v3/api-keys/{uuid}/…`, split at slashes.
const KEY: usize = 3;

/// The path of a key.
pub(super) fn path_of(id: KeyId) -> String {
    format!("/v3/api-keys/{id}/")
}

/// The key that the path names.
pub(super) fn key(request: &HttpRequest) -> Result<KeyId, ApiError> {
    segment(request, KEY, |text| KeyId::parse(text).ok())?.ok_or(ApiError::KeyNotFound)
}
