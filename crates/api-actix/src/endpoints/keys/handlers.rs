//! The handlers of the operations on API keys.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use users_domain::model::{Caller, KeyId};

use super::body::{KeyBody, NewKeyBody, RotatedKeyBody};
use super::requests;
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::ApiError;
use crate::http::handler::with_secret;
use crate::http::request::{
    BodyRules, Ignored, JSON, Shown, read_body, read_nothing, read_optional_body, segment,
};

/// The limits on request bodies: valid bodies are far smaller.
const BODY: BodyRules = BodyRules {
    media_types: &[JSON],
    max_bytes: 64 * 1024,
    // Fields need two levels; unknown members must be ignored, not rejected.
    max_depth: 32,
};

/// The index of the id in `/v3/api-keys/{uuid}/…`, split at slashes.
const KEY: usize = 3;

fn path_of(id: KeyId) -> String {
    format!("/v3/api-keys/{id}/")
}

/// The key that the path names. A segment that is not a valid id names no key.
fn key(request: &HttpRequest) -> Result<KeyId, ApiError> {
    segment(request, KEY, |text| KeyId::parse(text).ok())?.ok_or(ApiError::KeyNotFound)
}

/// Lists the keys of the application.
pub(crate) async fn list(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let keys = context.state.api_keys.list(&caller).await?;
    let rows: Vec<KeyBody<'_>> = keys.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Creates a key and returns its secret, which no other response contains.
pub(crate) async fn create(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let new = requests::create(body.members, &requests::Bounds::of(&caller, &state), &mut ignored);
    let new = ignored.attach(&request, new);
    let created = state.api_keys.create(&caller, new?).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, path_of(created.key.id)));
    Ok(with_secret(response, NewKeyBody::from(&created)))
}

/// Returns one key, also if it is revoked or expired.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let id = key(&context.request)?;
    let key = context.state.api_keys.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}

/// Changes fields of a key, never its secret.
pub(crate) async fn update(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = key(&request)?;
    // A key that cannot be found cannot be changed either.
    let known = state.api_keys.find(&caller, id).await;
    let shown = Shown::of(&known.as_ref().ok().map(KeyBody::from));
    let (mut members, bounds) = (body.members, requests::Bounds::of(&caller, &state));
    shown.take_read_only(&mut members, &requests::EDITABLE, &mut ignored);
    let update = shown.read(members, &mut ignored, |members, ignored| {
        requests::update(members, &bounds, ignored)
    });
    let update = ignored.attach(&request, update);
    let update = valid(update, state.api_keys.check_reach(&caller, id)).await?;
    let _forgotten = state.gate.forgetting(id);
    let key = state.api_keys.update(&caller, id, update).await?;
    Ok(HttpResponse::Ok().json(KeyBody::from(&key)))
}

/// Revokes a key immediately and permanently; it remains listed.
pub(crate) async fn revoke(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    read_nothing(&request, payload, &BODY).await?;
    let id = key(&request)?;
    let _forgotten = state.gate.forgetting(id);
    state.api_keys.revoke(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Creates a key that replaces another and returns its secret, which no other response contains.
pub(crate) async fn rotate(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let members = read_optional_body(&request, payload, &BODY).await?;
    let mut ignored = Ignored::query(&request)?;
    let id = key(&request)?;
    let rotation = requests::rotate(members, state.users.now(), &mut ignored);
    let rotation = ignored.attach(&request, rotation);
    let rotation = valid(rotation, state.api_keys.check_reach(&caller, id)).await?;
    let _forgotten = state.gate.forgetting(id);
    let rotated = state.api_keys.rotate(&caller, id, rotation).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, path_of(rotated.created.key.id)));
    Ok(with_secret(response, RotatedKeyBody::from(&rotated)))
}
