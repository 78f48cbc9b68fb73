//! `POST /v3/api-keys/{uuid}/rotate/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::body::RotatedKeyBody;
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::with_secret;
use crate::http::request::{Ignored, read_optional_body};

/// Creates a key that replaces another and returns its secret, which no other response contains.
pub(crate) async fn rotate(
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
    let id = paths::key(&request)?;
    let rotation = wire::rotate::read(members, state.users.now(), &mut ignored);
    let rotation = ignored.attach(&request, rotation);
    let rotation = answers::readable(rotation, &state.api_keys, &caller, id).await?;
    let _forgotten = state.gate.forgetting(id);
    let rotated = state.api_keys.rotate(&caller, id, rotation).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(rotated.created.key.id)));
    Ok(with_secret(response, RotatedKeyBody::from(&rotated)))
}
