//! `POST /v3/webhook/destinations/{uuid}/test/`

use std::sync::Arc;

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::TestBody;
use super::to_the_end::to_the_end;
use super::{answers, paths};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::read_nothing;

/// Sends a test event at once, and shows what the receiver said.
pub(crate) async fn test_event(
    exchange: Exchange,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    read_nothing(&request, payload, &answers::BODY).await?;
    let id = paths::destination(&request)?;
    let destinations = Arc::clone(&state.destinations);
    let report = to_the_end(async move { destinations.test(&caller, id).await }).await?;
    Ok(HttpResponse::Ok().json(TestBody::new(&report.attempt, &report.excerpt)))
}
