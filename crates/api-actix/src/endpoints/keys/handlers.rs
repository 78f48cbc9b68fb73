//! The handlers of the operations on API keys.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use users_domain::model::{Caller, KeyId};

use super::body::{KeyBody, NewKeyBody, RotatedKeyBody};
use super::requests;
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::ApiError;
use crate::http::handler::{HandlerResult, with_secret};
use crate::http::request::{Shown, segment};

/// The largest request body; valid bodies are far smaller.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The index of the id in `/v3/api-keys/{uuid}/…`, split at slashes.
const KEY: usize = 3;

fn path_of(id: KeyId) -> String {
    format!("/v3/api-keys/{id}/")
}

/// The key that the path names. A segment that is not a valid id names no key.
fn key(request: &HttpRequest) -> Result<KeyId, ApiError> {
    segment(request, KEY, |text| KeyId::parse(text).ok())?.ok_or(ApiError::KeyNotFound)
}

pub(crate) async fn list(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let keys = context.state.services.api_keys.list(&caller).await?;
    let rows: Vec<KeyBody<'_>> = keys.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Creates a key and returns its secret, which no other response contains.
pub(crate) async fn create(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_body(MAX_BODY_BYTES).await?;
    let new = requests::create(body.fields(), &requests::Bounds::of(&caller, &state));
    let new = body.ignored.attach(&request, new)?;
    let created = state.services.api_keys.create(&caller, new).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, path_of(created.key.id)));
    Ok(with_secret(response, NewKeyBody::from(&created)))
}

/// Returns one key, also if it is revoked or expired.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let id = key(&context.request)?;
    let key = context.state.services.api_keys.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}

/// Changes fields of a key, never its secret.
pub(crate) async fn update(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_body(MAX_BODY_BYTES).await?;
    let id = key(&request)?;
    // A key that cannot be found cannot be changed either.
    let known = state.services.api_keys.find(&caller, id).await;
    let shown = Shown::of(&known.as_ref().ok().map(KeyBody::from));
    let bounds = requests::Bounds::of(&caller, &state);
    let update =
        shown.read(&mut body, &requests::EDITABLE, |fields| requests::update(fields, &bounds));
    let update = body.ignored.attach(&request, update);
    let update = valid(update, state.services.api_keys.check_reach(&caller, id)).await?;
    let _forgotten = state.gate.forgetting(id);
    let key = state.services.api_keys.update(&caller, id, update).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}

/// Revokes a key immediately and permanently; it remains listed.
pub(crate) async fn revoke(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request) = context.without_body(MAX_BODY_BYTES).await?;
    let id = key(&request)?;
    let _forgotten = state.gate.forgetting(id);
    state.services.api_keys.revoke(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Creates a key that replaces another and returns its secret, which no other response contains.
pub(crate) async fn rotate(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_optional_body(MAX_BODY_BYTES).await?;
    let id = key(&request)?;
    let rotation = requests::rotate(body.fields(), state.services.users.now());
    let rotation = body.ignored.attach(&request, rotation);
    let rotation = valid(rotation, state.services.api_keys.check_reach(&caller, id)).await?;
    let _forgotten = state.gate.forgetting(id);
    let rotated = state.services.api_keys.rotate(&caller, id, rotation).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, path_of(rotated.created.key.id)));
    Ok(with_secret(response, RotatedKeyBody::from(&rotated)))
}
