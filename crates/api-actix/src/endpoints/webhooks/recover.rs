//! `POST /v3/webhook/destinations/{uuid}/recover/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::recovery_body::RecoveryBody;
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, read_body};

/// Starts a recovery of the deliveries that failed since a time.
pub(crate) async fn recover(
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
    let since = wire::recover::read(body.members, &mut ignored);
    let since = ignored.attach(&request, since);
    let destinations = &state.destinations;
    let since = answers::readable(since, destinations, &caller, id).await?;
    let recovery = destinations.start_recovery(&caller, id, since).await?;
    let mut response = HttpResponse::Accepted();
    response.insert_header((LOCATION, paths::path_of_recovery(id, recovery.id)));
    Ok(response.json(RecoveryBody::from(&recovery)))
}
