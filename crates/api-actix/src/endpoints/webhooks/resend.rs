//! `POST /v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/`

use std::sync::Arc;

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::AttemptBody;
use super::detached::detached;
use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::read_nothing;

/// Immediately sends the event of a delivery again.
pub(crate) async fn resend(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    read_nothing(&request, payload, &answers::BODY).await?;
    let (id, delivery) = (paths::destination(&request)?, paths::delivery(&request)?);
    let destinations = Arc::clone(&state.destinations);
    let attempt = detached(async move { destinations.resend(&caller, id, delivery).await }).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}
