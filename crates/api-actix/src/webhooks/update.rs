//! `PATCH /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationBody;
use super::{answers, paths, wire};
use crate::error::ApiError;
use crate::exchange::Exchange;
use crate::request::{Ignored, read_body};

/// Changes what is said about a destination; never its secret.
pub(crate) async fn update(exchange: Exchange, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let body = read_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::destination(&request)?;
    let destinations = &state.destinations;
    let known = destinations.find(&caller, id).await?.destination;
    let accept = |text: &str| destinations.accept_url(text);
    let change = wire::update::read(body.members, &known, &accept, &mut ignored);
    let change = ignored.tell(&request, change)?;
    let destination = destinations.update(&caller, &known, change).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}
