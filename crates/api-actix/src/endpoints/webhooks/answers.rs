//! Shared parts of the operations on destinations.

use users_domain::model::{Caller, DestinationId};
use users_domain::service::DestinationService;

use crate::endpoints::webhooks::wire::limits;
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::{BodyRules, JSON};

/// The limits on request bodies.
pub(super) const BODY: BodyRules = BodyRules {
    media_types: &[JSON],
    max_bytes: limits::BODY_BYTES,
    // Fields need two levels; unknown members must be ignored, not rejected.
    max_depth: 32,
};

/// Returns the parsed request, or its field errors. An unknown destination takes precedence over field errors.
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
