//! `DELETE /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::{answers, paths};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::read_nothing;

/// Revokes a key at once and for good; it stays listed.
pub(crate) async fn revoke(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    read_nothing(&request, payload, &answers::BODY).await?;
    let id = paths::key(&request)?;
    let _forgotten = state.keys.forgetting(id);
    state.api_keys.revoke(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
