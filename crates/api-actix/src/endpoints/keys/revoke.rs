//! `DELETE /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::read_nothing;

/// Revokes a key immediately and permanently; it remains listed.
pub(crate) async fn revoke(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    read_nothing(&request, payload, &answers::BODY).await?;
    let id = paths::key(&request)?;
    let _forgotten = state.gate.forgetting(id);
    state.api_keys.revoke(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
