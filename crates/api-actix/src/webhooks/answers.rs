//! What the operations on destinations have in common.

use users_domain::model::{Caller, DestinationId};
use users_domain::service::DestinationService;

use crate::error::{ApiError, FieldErrors};
use crate::request::{BodyRules, JSON};
use crate::webhooks::wire::limits;

/// What the calls accept as their bodies.
pub(super) const BODY: BodyRules = BodyRules {
    media_types: &[JSON],
    max_bytes: limits::BODY_BYTES,
    // Fields need two levels; whatever is held beside them is to be ignored, not refused.
    max_depth: 32,
};

/// What was read of a request. That there is no such destination is told before what is wrong with the fields.
pub(super) async fn readable<T>(
    read: Result<T, FieldErrors>,
    destinations: &DestinationService,
    caller: &Caller,
    id: DestinationId,
) -> Result<T, ApiError> {
    match read {
        Ok(read) => Ok(read),
        Err(errors) => {
            destinations.find(caller, id).await?;
            Err(errors.into())
        }
    }
}
