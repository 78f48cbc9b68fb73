//! `GET /v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::paths;
use super::recovery_body::RecoveryBody;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Returns the progress of a recovery.
pub(crate) async fn recovery(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let recovery = paths::recovery(&context.request)?;
    let destinations = &context.state.destinations;
    let recovery = destinations.recovery(&caller, id, recovery).await?;
    Ok(HttpResponse::Ok().json(RecoveryBody::from(&recovery)))
}
