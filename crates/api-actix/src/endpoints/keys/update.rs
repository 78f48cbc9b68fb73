//! `PATCH /v3/api-keys/{uuid}/`

use actix_web::HttpResponse;
use users_domain::model::Caller;

use super::body::KeyBody;
use super::{answers, paths, wire};
use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::{Ignored, Shown, read_body};

/// Changes fields of a key, never its secret.
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
    let id = paths::key(&request)?;
    // A key that cannot be found cannot be changed either.
    let known = state.api_keys.find(&caller, id).await;
    let shown = Shown::of(&known.as_ref().ok().map(KeyBody::from));
    let (mut members, bounds) = (body.members, wire::Bounds::of(&caller, &state));
    shown.take_read_only(&mut members, &wire::EDITABLE, &mut ignored);
    let update = shown.read(members, &mut ignored, |members, ignored| {
        wire::update::read(members, &bounds, ignored)
    });
    let update = ignored.attach(&request, update);
    let update = answers::readable(update, &state.api_keys, &caller, id).await?;
    let _forgotten = state.gate.forgetting(id);
    let key = state.api_keys.update(&caller, id, update).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}
