//! `POST /v3/webhook/destinations/{uuid}/rotate-secret/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::{RotationBody, ShownSecret};
use super::{answers, paths, wire};
use crate::error::ApiError;
use crate::exchange::{Exchange, with_secret};
use crate::request::{Ignored, read_optional_body};

/// Gives a destination a new secret, and shows it this once.
pub(crate) async fn rotate_secret(
    exchange: Exchange,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let Exchange {
        state,
        request,
        payload,
    } = exchange;
    let members = read_optional_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::destination(&request)?;
    let grace = wire::rotate_secret::read(members, &mut ignored);
    let grace = ignored.tell(&request, grace);
    let destinations = &state.destinations;
    let grace = answers::readable(grace, destinations, &caller, id).await?;
    let secret = destinations.rotate_secret(&caller, id, grace).await?;
    let secret = ShownSecret::from(&secret);
    let body = RotationBody::new(id, &secret, grace);
    Ok(with_secret(HttpResponse::Ok(), body))
}
