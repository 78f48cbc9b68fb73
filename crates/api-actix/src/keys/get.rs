//! `GET /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;

/// One key, in whatever state it is.
pub(crate) async fn get(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    exchange.ignore_query()?;
    let id = paths::key(&exchange.request)?;
    let key = exchange.state.api_keys.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}
