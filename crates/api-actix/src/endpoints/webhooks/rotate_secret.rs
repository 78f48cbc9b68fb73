//! `POST /v3/webhook/destinations/{uuid}/rotate-secret/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::{RotationBody, ShownSecret};
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::with_secret;
use crate::http::request::{Ignored, read_optional_body};

/// Creates a new secret for a destination and returns it; no other response contains it.
pub(crate) async fn rotate_secret(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let members = read_optional_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::destination(&request)?;
    let grace = wire::rotate_secret::read(members, &mut ignored);
    let grace = ignored.attach(&request, grace);
    let destinations = &state.destinations;
    let grace = answers::readable(grace, destinations, &caller, id).await?;
    let secret = destinations.rotate_secret(&caller, id, grace).await?;
    let secret = ShownSecret::from(&secret);
    let body = RotationBody::new(id, &secret, grace);
    Ok(with_secret(HttpResponse::Ok(), body))
}
