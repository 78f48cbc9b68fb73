//! What was sent is logged, also where nobody waits for the answer any more.

use std::future::Future;

use tracing::Instrument as _;
use users_domain::service::DestinationError;

use crate::error::ApiError;

/// Runs what sends beside the request: a client that hangs up, or a request whose time is over, does not stop it.
pub(super) async fn detached<T: 'static>(
    sending: impl Future<Output = Result<T, DestinationError>> + 'static,
) -> Result<T, ApiError> {
    let ended = actix_web::rt::spawn(sending.in_current_span()).await;
    // What a panic says may hold anything.
    let sent = ended.map_err(|_| ApiError::Internal {
        reason: "sending at a client's request panicked".to_owned(),
    })?;
    Ok(sent?)
}
