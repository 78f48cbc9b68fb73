//! Reads and builds the paths of destinations. A segment that is not a valid id names nothing.

use actix_web::HttpRequest;
use users_domain::model::{AttemptId, DestinationId, RecoveryId};

use crate::http::error::ApiError;
use crate::http::request::segment;

/// The path of all destinations.
const DESTINATIONS: &str = "/v3/webhook/destinations/";

/// The index of the destination in `/v3/webhook/destinations/{uuid}/…`, split at slashes.
const DESTINATION: usize = 4;
/// The index of the second id in `/v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/…` and similar paths.
const PART: usize = 6;

pub(super) fn path_of(id: DestinationId) -> String {
    format!("{DESTINATIONS}{id}/")
}

pub(super) fn path_of_deliveries(id: DestinationId) -> String {
    format!("{DESTINATIONS}{id}/deliveries/")
}

pub(super) fn path_of_recovery(id: DestinationId, recovery: RecoveryId) -> String {
    format!("{DESTINATIONS}{id}/recover/{recovery}/")
}

/// The destination that the path names.
pub(super) fn destination(request: &HttpRequest) -> Result<DestinationId, ApiError> {
    segment(request, DESTINATION, |text| DestinationId::parse(text).ok())?
        .ok_or(ApiError::DestinationNotFound)
}

/// The delivery that the path names.
pub(super) fn delivery(request: &HttpRequest) -> Result<AttemptId, ApiError> {
    segment(request, PART, |text| AttemptId::parse(text).ok())?.ok_or(ApiError::DeliveryNotFound)
}

/// The recovery that the path names.
pub(super) fn recovery(request: &HttpRequest) -> Result<RecoveryId, ApiError> {
    segment(request, PART, |text| RecoveryId::parse(text).ok())?.ok_or(ApiError::RecoveryNotFound)
}
