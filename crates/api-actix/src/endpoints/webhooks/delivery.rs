//! `GET /v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::AttemptBody;
use super::paths;
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;

/// Returns one attempt.
pub(crate) async fn delivery(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let delivery = paths::delivery(&context.request)?;
    let destinations = &context.state.destinations;
    let attempt = destinations.delivery(&caller, id, delivery).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}
