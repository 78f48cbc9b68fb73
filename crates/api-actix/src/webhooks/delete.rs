//! `DELETE /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// Removes a destination with its queue and its log.
pub(crate) async fn delete(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let id = paths::destination(&exchange.request)?;
    exchange.state.destinations.delete(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
