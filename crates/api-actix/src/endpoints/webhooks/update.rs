//! `PATCH /v3/webhook/destinations/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::DestinationBody;
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, Shown, read_body};

/// Changes fields of a destination, never its secret.
pub(crate) async fn update(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let RequestContext {
        state,
        request,
        payload,
    } = context;
    let body = read_body(&request, payload, &answers::BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = paths::destination(&request)?;
    let destinations = &state.destinations;
    let detail = destinations.find(&caller, id).await?;
    let (shown, mut members) = (Shown::of(&DestinationBody::from(&detail)), body.members);
    shown.take_read_only(&mut members, &wire::EDITABLE, &mut ignored);
    let known = detail.destination;
    let accept = |text: &str| destinations.accept_url(text);
    let change = shown.read(members, &mut ignored, |members, ignored| {
        wire::update::read(members, &known, &accept, ignored)
    });
    let change = ignored.attach(&request, change)?;
    let destination = destinations.update(&caller, &known, change).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}
