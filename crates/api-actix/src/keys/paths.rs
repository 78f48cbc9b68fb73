//! What the paths of keys name. What cannot be an id names nothing.

use actix_web::HttpRequest;
use users_domain::model::KeyId;

use crate::error::ApiError;
use crate::request::segment;

/// Of `/v3/api-keys/{uuid}/…`, split at the slashes.
const KEY: usize = 3;

/// The path of a key.
pub(super) fn path_of(id: KeyId) -> String {
    format!("/v3/api-keys/{id}/")
}

/// The key that the path names.
pub(super) fn key(request: &HttpRequest) -> Result<KeyId, ApiError> {
    segment(request, KEY, |text| KeyId::parse(text).ok())?.ok_or(ApiError::KeyNotFound)
}
