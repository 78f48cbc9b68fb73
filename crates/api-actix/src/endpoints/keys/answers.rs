//! Shared parts of the operations on keys.

use users_domain::model::{Caller, KeyId};
use users_domain::service::KeyService;

use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::{BodyRules, JSON};

/// The limits on request bodies: valid bodies are far smaller.
pub(super) const BODY: BodyRules = BodyRules {
    media_types: &[JSON],
    max_bytes: 64 * 1024,
    // Fields need two levels; unknown members must be ignored, not rejected.
    max_depth: 32,
};

/// Returns the parsed request, or its field errors. An unknown key, or one that the caller may not access, takes
/// precedence over field errors.
pub(super) async fn readable<T>(
    read: Result<T, FieldErrors>,
    keys: &KeyService,
    caller: &Caller,
    id: KeyId,
) -> Result<T, ApiError> {
    match read {
        Ok(read) => Ok(read),
        Err(errors) => {
            keys.check_reach(caller, id).await?;
            Err(errors.into())
        }
    }
}
