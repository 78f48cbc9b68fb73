//! `POST /v3/api-keys/`

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use users_domain::model::Caller;

use super::body::NewKeyBody;
use super::{answers, paths, wire};
use crate::http::error::ApiError;
use crate::http::request::{Ignored, read_body};
use crate::http::request_context::{RequestContext, with_secret};

/// Creates a key and returns its secret, which no other response contains.
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
    let new = wire::create::read(
        body.members,
        &wire::Bounds::of(&caller, &state),
        &mut ignored,
    );
    let new = ignored.attach(&request, new);
    let created = state.api_keys.create(&caller, new?).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(created.key.id)));
    Ok(with_secret(response, NewKeyBody::from(&created)))
}
