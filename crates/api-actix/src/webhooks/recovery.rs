//! `GET /v3/webhook/destinations/{uuid}/recover/{recovery_uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::paths;
use super::recovery_body::RecoveryBody;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// How far a recovery is.
pub(crate) async fn recovery(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let id = paths::destination(&exchange.request)?;
    let recovery = paths::recovery(&exchange.request)?;
    let destinations = &exchange.state.destinations;
    let recovery = destinations.recovery(&caller, id, recovery).await?;
    Ok(HttpResponse::Ok().json(RecoveryBody::from(&recovery)))
}
