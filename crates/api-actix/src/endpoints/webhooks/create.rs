//! `POST /v3/webhook/destinations/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::body::{NewDestinationBody, ShownSecret};
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::with_secret;
use crate::http::request::{Ignored, read_body};

/// Creates a destination and returns its secret, which no other response contains.
pub(crate) async fn create(
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
    let accept = |text: &str| state.destinations.accept_url(text);
    let new = wire::create::read(body.members, &accept, &mut ignored);
    let new = ignored.attach(&request, new);
    let created = state.destinations.create(&caller, new?).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(created.detail.destination.id)));
    let secret = ShownSecret::from(&created.secret);
    let body = NewDestinationBody::new(&created.detail, &secret);
    Ok(with_secret(response, body))
}
