//! `DELETE /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::read_nothing;

/// Deletes a destination with its queue and its delivery log.
pub(crate) async fn delete(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    read_nothing(&request, payload, &answers::BODY).await?;
    let id = paths::destination(&request)?;
    state.destinations.delete(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
