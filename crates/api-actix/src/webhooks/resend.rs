//! `POST /v3/webhook/destinations/{uuid}/deliveries/{delivery_uuid}/resend/`

use std::sync::Arc;

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::attempt_body::AttemptBody;
use super::to_the_end::to_the_end;
use super::{answers, paths};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::read_nothing;

/// Sends the event of a delivery at once and once more.
pub(crate) async fn resend(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    read_nothing(&request, payload, &answers::BODY).await?;
    let (id, delivery) = (paths::destination(&request)?, paths::delivery(&request)?);
    let destinations = Arc::clone(&state.destinations);
    let attempt =
        to_the_end(async move { destinations.resend(&caller, id, delivery).await }).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}
