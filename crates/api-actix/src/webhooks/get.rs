//! `GET /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationBody;
use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// One destination, and how it fares.
pub(crate) async fn get(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let id = paths::destination(&exchange.request)?;
    let destination = exchange.state.destinations.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}
