//! `DELETE /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::{answers, paths};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::read_nothing;

/// Removes a destination with its queue and its log.
pub(crate) async fn delete(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    read_nothing(&request, payload, &answers::BODY).await?;
    let id = paths::destination(&request)?;
    state.destinations.delete(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
