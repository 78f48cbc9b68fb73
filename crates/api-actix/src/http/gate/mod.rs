//! The gate in front of every route. Checks request id, key, rate limit and role before the handler; renders errors and
//! writes one log line after it. Must never log a path, a query or a header: they are personal data.

mod authentication;
mod client_address;
mod key_cache;
mod limits;
mod metrics;
mod refusals;

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use tokio::time::Instant;
use tracing::{Instrument as _, Span, field};
use users_domain::model::{AuditEntry, Caller, KeyId, RequestId, Timestamp, random_uuid};
use users_domain::ports::{Entropy, RateLimiter};
use users_domain::service::{AccessService, AuditService, UserService, authorize};

use client_address::client_address;
use key_cache::{Forgetting, KeyCache};
use limits::Limits;
pub use metrics::HttpMetrics;
use refusals::Refusals;

use crate::http::answers::{answer_bytes, with_reserved_memory};
use crate::http::error::{ApiError, Malformed, Shape, render};
use crate::http::handler::Authorized;
use crate::http::memory::Memory;
use crate::http::origin;
use crate::http::request::{BodyRoom, Ignored};
use crate::http::route::{Route, RouteTable, Selection};
use crate::http::settings::ApiSettings;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the gate needs of the domain.
pub(crate) struct GateDependencies {
    /// Tells the time.
    pub(crate) users: Arc<UserService>,
    pub(crate) access: Arc<AccessService>,
    pub(crate) audit: Arc<AuditService>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) metrics: HttpMetrics,
}

pub(crate) struct Gate {
    users: Arc<UserService>,
    access: Arc<AccessService>,
    entropy: Arc<dyn Entropy>,
    settings: ApiSettings,
    keys: KeyCache,
    limits: Limits,
    answers: Memory,
    bodies: Memory,
    refusals: Refusals,
    metrics: HttpMetrics,
}

impl Gate {
    pub(crate) fn new(dependencies: GateDependencies, settings: ApiSettings) -> Self {
        let GateDependencies { users, access, audit, limiter, entropy, metrics } = dependencies;
        Self {
            users,
            access,
            entropy,
            keys: KeyCache::new(settings.key_cache),
            limits: Limits::new(limiter, settings.limits),
            answers: Memory::new(settings.answer_memory_bytes, "unread responses"),
            bodies: Memory::new(settings.body_memory_bytes, "request bodies"),
            refusals: Refusals::new(audit),
            metrics,
            settings,
        }
    }

    /// Removes a key from the cache when the returned guard is dropped, whether or not the change of the key succeeds.
    pub(crate) const fn forgetting(&self, key: KeyId) -> Forgetting<'_> {
        self.keys.forgetting(key)
    }

    /// Records an audit entry about a refusal in the background, unless this minute already has it.
    pub(crate) fn note_refusal(&self, entry: AuditEntry) {
        self.refusals.note(entry);
    }

    fn now(&self) -> Timestamp {
        self.users.now()
    }
}

/// Passes a request to its handler, or responds instead of the handler.
pub(crate) async fn gate(
    gate: web::Data<Gate>,
    routes: web::Data<RouteTable>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let request_id = request_id(&gate, &request);
    let shape = Shape::wanted_by(request.headers());
    let pattern = request.match_pattern();
    let span = tracing::info_span!(
        "request",
        request_id = request_id.as_str(),
        method = %request.method(),
        route = pattern.as_deref(),
        key_id = field::Empty,
    );
    let passed = async {
        let selection = routes.select(pattern.as_deref(), request.method());
        let personal = !selection.is_public();
        let route = selection.matched();
        let response = match admit(&gate, &request, selection, &request_id, started).await {
            Ok(admission) => {
                let requested = admission.caller.clone().zip(admission.route.operation());
                request.extensions_mut().insert(admission);
                let response = next.call(request).await?.map_into_boxed_body();
                // A refusal that only the use case could decide.
                if let Some((caller, operation)) = requested
                    && error_of(response.response()) == Some(ApiError::PermissionDenied)
                {
                    gate.refusals.refused(&caller, operation);
                }
                response
            }
            Err(error) => request.error_response(error),
        };
        let response = with_reserved_memory(response).await;
        let mut response = in_shape(response, shape, &request_id);
        add_headers(&mut response, &request_id, personal);
        add_location_prefix(&mut response, &gate);
        let took = started.elapsed();
        gate.metrics.answered(route, response.status(), took);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let status = response.status().as_u16();
        if route.is_some_and(Route::is_probe) {
            tracing::debug!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
        Ok(response)
    };
    passed.instrument(span).await
}

/// The client's request id if it is valid, else a new one.
fn request_id(gate: &Gate, request: &ServiceRequest) -> RequestId {
    request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| RequestId::parse(text).ok())
        .filter(|id| id.as_str() != RequestId::ERASED)
        .unwrap_or_else(|| {
            let uuid = random_uuid(gate.now(), gate.entropy.seed());
            RequestId::from_uuid(uuid)
        })
}

/// Returns the caller if the route requires one. The order of the checks is the order of errors: without a key, a
/// client cannot learn which paths exist.
async fn admit(
    gate: &Gate,
    request: &ServiceRequest,
    selection: Selection,
    request_id: &RequestId,
    started: Instant,
) -> Result<Authorized, ApiError> {
    let limit = gate.settings.request_timeout;
    let admitted = |route, caller| Authorized::new(route, caller, started, limit);
    let peer = request.peer_addr().map(|peer| peer.ip());
    let address = peer.and_then(|peer| {
        let trusts = |address| (gate.settings.trusts_proxy)(address);
        client_address(peer, request.headers(), trusts)
    });
    let deadline = started + limit;
    if selection.is_public() {
        limits::count_for_address(gate, request, address.or(peer), true, deadline).await?;
        return Ok(admitted(selection.route()?, None));
    }
    let grant = authentication::authenticate(gate, request.headers(), address, deadline).await;
    let grant = match grant {
        Ok(grant) => grant,
        Err(refused @ (ApiError::NotAuthenticated | ApiError::InvalidKey)) => {
            // Clients whose proxy hides their address share the limit of the proxy.
            limits::count_for_address(gate, request, address.or(peer), false, deadline).await?;
            return Err(refused);
        }
        Err(error) => return Err(error),
    };
    Span::current().record("key_id", field::display(grant.key.id));
    limits::count_for_key(gate, request, &grant, deadline).await?;
    let caller = Caller { grant, address, request_id: request_id.clone() };
    let route = selection.route()?;
    if let Some(operation) = route.operation() {
        authorize(&caller, operation).inspect_err(|_| gate.refusals.refused(&caller, operation))?;
    }
    let key = &caller.grant.key;
    let answer = gate.answers.reserve(key, answer_bytes(route)).await?;
    let body = gate.bodies.reserve(key, 0).await?;
    request.extensions_mut().insert(answer);
    request.extensions_mut().insert(BodyRoom(Some(body)));
    Ok(admitted(route, Some(caller)))
}

/// Renders an error in the shape that the client accepts, and logs it once.
fn in_shape(response: ServiceResponse, shape: Shape, request_id: &RequestId) -> ServiceResponse {
    let Some(error) = error_of(response.response()) else {
        return response;
    };
    match &error {
        ApiError::Internal { .. } => tracing::error!(%error, "not answered"),
        ApiError::Unavailable { .. } => tracing::warn!(%error, "not answered"),
        _ => tracing::debug!(%error, "refused"),
    }
    response.into_response(render(&error, shape, Some(request_id)))
}

/// The error of a response. Errors of the framework are identified by their status.
fn error_of(response: &HttpResponse) -> Option<ApiError> {
    if let Some(error) = response.error().and_then(|error| error.as_error::<ApiError>()) {
        return Some(error.clone());
    }
    let status = response.status();
    match status {
        // The gate knows every method of every path; if the router still finds none, it matched the path differently.
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Some(ApiError::NotFound),
        _ if status.is_client_error() => Some(ApiError::Malformed(Malformed::Incomplete)),
        _ if status.is_server_error() => {
            Some(ApiError::Internal { reason: format!("the framework responded with {status}") })
        }
        _ => None,
    }
}

/// Prepends the proxy's path prefix to `Location`.
fn add_location_prefix(response: &mut ServiceResponse, gate: &Gate) {
    let Some(path) = response.headers().get(LOCATION).cloned() else {
        return;
    };
    let prefix = origin::prefix_of(response.request(), &gate.settings);
    let location = [prefix.as_bytes(), path.as_bytes()].concat();
    if let Ok(location) = HeaderValue::from_bytes(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
}

fn add_headers(response: &mut ServiceResponse, request_id: &RequestId, personal: bool) {
    let ignored = Ignored::take(response.request());
    let allowance = limits::Allowance::of(response.request());
    let headers = response.headers_mut();
    if let Some((name, value)) = ignored {
        headers.insert(name, value);
    }
    if let Some(allowance) = allowance {
        allowance.insert_into(headers);
    }
    if let Ok(value) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if personal && !headers.contains_key(CACHE_CONTROL) {
        // Only the client may cache the response, and must revalidate it before reuse.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}
