//! Limits on request bodies.

use actix_web::{HttpRequest, web};
use users_domain::service::IngestService;

use crate::endpoints::state::AppState;
use crate::http::error::ApiError;
use crate::http::request::{BodyRules, Item, JSON, read_items};

/// A report needs three levels within an array; unknown members must be ignored, not rejected.
const MAX_DEPTH: usize = 32;

/// Reads one report or an array of reports, and returns the result of `read` on them.
pub(super) async fn reports<T: Send + 'static>(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
    read: impl FnOnce(Vec<Item>) -> T + Send + 'static,
) -> Result<T, ApiError> {
    let rules = BodyRules {
        media_types: &[JSON],
        max_bytes: state.settings.max_ingest_body_bytes,
        max_depth: MAX_DEPTH,
    };
    read_items(request, payload, &rules, IngestService::MAX_REPORTS, read).await
}
