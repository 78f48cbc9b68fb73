//! `GET /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// One key, in whatever state it is.
pub(crate) async fn get(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let id = paths::key(&exchange.request)?;
    let key = exchange.state.api_keys.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}
