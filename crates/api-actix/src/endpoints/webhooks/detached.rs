//! Runs sends independently of their request, so that a send is logged even if the client has disconnected.

use std::future::Future;

use tracing::Instrument as _;
use users_domain::service::DestinationError;

use crate::http::error::ApiError;

/// Runs `sending` in a separate task; neither a disconnect of the client nor the time limit of the request stops it.
pub(super) async fn detached<T: 'static>(
    sending: impl Future<Output = Result<T, DestinationError>> + 'static,
) -> Result<T, ApiError> {
    let ended = actix_web::rt::spawn(sending.in_current_span()).await;
    // The panic message may contain personal data.
    let sent = ended.map_err(|_| ApiError::Internal {
        reason: "sending at a client's request panicked".to_owned(),
    })?;
    Ok(sent?)
}
