//! What the operations on keys have in common.

use users_domain::model::{Caller, KeyId};
use users_domain::service::KeyService;

use crate::error::{ApiError, FieldErrors};
use crate::request::{BodyRules, JSON};

/// What the calls accept as their bodies: all fields at their limits stay far below the size.
pub(super) const BODY: BodyRules = BodyRules {
    media_types: &[JSON],
    max_bytes: 64 * 1024,
    // Fields need two levels; whatever is held beside them is to be ignored, not refused.
    max_depth: 32,
};

/// What was read of a request. That there is no such key, and that the caller may not touch it, is told before what is
/// wrong with the fields.
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
