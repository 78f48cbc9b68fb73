//! `DELETE /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::paths;
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::Ignored;

/// Revokes a key at once and for good; it stays listed.
pub(crate) async fn revoke(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ignored::query(exchange.query()?).tell(&exchange.request);
    let id = paths::key(&exchange.request)?;
    let state = &exchange.state;
    let _forgotten = state.keys.forgetting(id);
    state.api_keys.revoke(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
