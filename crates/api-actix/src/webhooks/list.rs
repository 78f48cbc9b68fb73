//! `GET /v3/webhook/destinations/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationRowBody;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// All destinations of the application.
pub(crate) async fn list(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let destinations = exchange.state.destinations.list(&caller).await?;
    let rows: Vec<DestinationRowBody<'_>> = destinations.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}
