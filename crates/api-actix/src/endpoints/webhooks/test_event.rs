//! `POST /v3/webhook/destinations/{uuid}/test/`

use std::sync::Arc;

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::TestBody;
use super::detached::detached;
use super::{answers, paths};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::read_nothing;

/// Immediately sends a test event and returns the receiver's response.
pub(crate) async fn test_event(
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
    let destinations = Arc::clone(&state.destinations);
    let report = detached(async move { destinations.test(&caller, id).await }).await?;
    Ok(HttpResponse::Ok().json(TestBody::new(&report.attempt, &report.excerpt)))
}
