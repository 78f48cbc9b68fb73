//! The handlers of the operations on webhook destinations.

use std::future::Future;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use tracing::Instrument as _;
use users_domain::model::Caller;
use users_domain::service::DestinationError;

use super::attempt_body::{AttemptBody, RecoveryBody, TestBody};
use super::body::{DestinationBody, DestinationRowBody, NewDestinationBody, RotationBody};
use super::{paths, requests};
use crate::endpoints::request_context::{RequestContext, valid};
use crate::http::error::ApiError;
use crate::http::handler::{HandlerResult, with_secret};
use crate::http::request::Shown;

/// The largest request body; valid bodies are far smaller.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) async fn list(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let destinations = context.state.services.destinations.list(&caller).await?;
    let rows: Vec<DestinationRowBody<'_>> = destinations.iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// Creates a destination and returns its secret, which no other response contains.
pub(crate) async fn create(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_body(MAX_BODY_BYTES).await?;
    let accept = |text: &str| state.services.destinations.accept_url(text);
    let new = requests::create(body.fields(), &accept);
    let new = body.ignored.attach(&request, new)?;
    let created = state.services.destinations.create(&caller, new).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, paths::path_of(created.detail.destination.id)));
    let body = NewDestinationBody::new(&created.detail, &created.secret);
    Ok(with_secret(response, body))
}

/// Returns one destination with its statistics.
pub(crate) async fn get(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let destination = context.state.services.destinations.find(&caller, id).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}

/// Changes fields of a destination, never its secret.
pub(crate) async fn update(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_body(MAX_BODY_BYTES).await?;
    let id = paths::destination(&request)?;
    let destinations = &state.services.destinations;
    let detail = destinations.find(&caller, id).await?;
    let shown = Shown::of(&DestinationBody::from(&detail));
    let known = detail.destination;
    let accept = |text: &str| destinations.accept_url(text);
    let change = shown
        .read(&mut body, &requests::EDITABLE, |fields| requests::update(fields, &known, &accept));
    let change = body.ignored.attach(&request, change)?;
    let destination = destinations.update(&caller, &known, change).await?;
    Ok(HttpResponse::Ok().json(DestinationBody::from(&destination)))
}

/// Deletes a destination with its queue and its delivery log.
pub(crate) async fn delete(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request) = context.without_body(MAX_BODY_BYTES).await?;
    let id = paths::destination(&request)?;
    state.services.destinations.delete(&caller, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Creates a new secret for a destination and returns it; no other response contains it.
pub(crate) async fn rotate_secret(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_optional_body(MAX_BODY_BYTES).await?;
    let id = paths::destination(&request)?;
    let grace = requests::rotate_secret(body.fields());
    let grace = body.ignored.attach(&request, grace);
    let destinations = &state.services.destinations;
    let grace = valid(grace, destinations.find(&caller, id)).await?;
    let secret = destinations.rotate_secret(&caller, id, grace).await?;
    let body = RotationBody::new(id, &secret, grace);
    Ok(with_secret(HttpResponse::Ok(), body))
}

/// Immediately sends a test event and returns the receiver's response.
pub(crate) async fn test_event(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request) = context.without_body(MAX_BODY_BYTES).await?;
    let id = paths::destination(&request)?;
    let destinations = Arc::clone(&state.services.destinations);
    let report = detached(async move { destinations.test(&caller, id).await }).await?;
    Ok(HttpResponse::Ok().json(TestBody::new(&report.attempt, &report.excerpt)))
}

pub(crate) async fn delivery(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let delivery = paths::delivery(&context.request)?;
    let destinations = &context.state.services.destinations;
    let attempt = destinations.delivery(&caller, id, delivery).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}

/// Immediately sends the event of a delivery again.
pub(crate) async fn resend(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request) = context.without_body(MAX_BODY_BYTES).await?;
    let (id, delivery) = (paths::destination(&request)?, paths::delivery(&request)?);
    let destinations = Arc::clone(&state.services.destinations);
    let attempt = detached(async move { destinations.resend(&caller, id, delivery).await }).await?;
    Ok(HttpResponse::Ok().json(AttemptBody::from(&attempt)))
}

/// Starts a recovery of the deliveries that failed since a time.
pub(crate) async fn recover(context: RequestContext, caller: Caller) -> HandlerResult {
    let (state, request, mut body) = context.with_body(MAX_BODY_BYTES).await?;
    let id = paths::destination(&request)?;
    let since = requests::recover(body.fields());
    let since = body.ignored.attach(&request, since);
    let destinations = &state.services.destinations;
    let since = valid(since, destinations.find(&caller, id)).await?;
    let recovery = destinations.start_recovery(&caller, id, since).await?;
    let mut response = HttpResponse::Accepted();
    response.insert_header((LOCATION, paths::path_of_recovery(id, recovery.id)));
    Ok(response.json(RecoveryBody::from(&recovery)))
}

pub(crate) async fn recovery(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let id = paths::destination(&context.request)?;
    let recovery = paths::recovery(&context.request)?;
    let destinations = &context.state.services.destinations;
    let recovery = destinations.recovery(&caller, id, recovery).await?;
    Ok(HttpResponse::Ok().json(RecoveryBody::from(&recovery)))
}

/// Runs `sending` in a separate task; neither a disconnect of the client nor the time limit of the request stops it.
async fn detached<T: 'static>(
    sending: impl Future<Output = Result<T, DestinationError>> + 'static,
) -> Result<T, ApiError> {
    let ended = actix_web::rt::spawn(sending.in_current_span()).await;
    // The panic message may contain personal data.
    let sent = ended.map_err(|_| ApiError::Internal {
        reason: "sending at a client's request panicked".to_owned(),
    })?;
    Ok(sent?)
}
