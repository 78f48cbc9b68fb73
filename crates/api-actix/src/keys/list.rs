//! `GET /v3/api-keys/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// The keys of the application.
pub(crate) async fn list(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let keys = exchange.state.api_keys.list(&caller).await?;
    let rows: Vec<KeyBody<'_>> = keys.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}
