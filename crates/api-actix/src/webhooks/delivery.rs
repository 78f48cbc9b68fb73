//! `GET /v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::AttemptBody;
use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// One attempt.
pub(crate) async fn delivery(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let id = paths::destination(&exchange.request)?;
    let delivery = paths::delivery(&exchange.request)?;
    let destinations = &exchange.state.destinations;
    let attempt = destinations.delivery(&caller, id, delivery).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}
