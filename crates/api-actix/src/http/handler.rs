//! Runs the handler of a request: enforces its time limit and turns a panic into an error.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use users_domain::model::Caller;

use crate::http::error::ApiError;
use crate::http::request::{BodyDeadline, Ignored, KeyIgnored, Strict, prefers_strict};
use crate::http::route::Route;

/// Builds a response that contains a secret, which no cache may store.
pub(crate) fn with_secret(mut response: HttpResponseBuilder, body: impl Serialize) -> HttpResponse {
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(body)
}

pub(crate) type HandlerResult = Result<HttpResponse, ApiError>;

pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = HandlerResult>>>;

/// The gate's decision about a request, for its handler.
pub(crate) struct Authorized {
    /// The requested route; the gate has checked the role for this route.
    pub(crate) route: &'static Route,
    /// The caller; `None` on public routes.
    pub(crate) caller: Option<Caller>,
    /// By when the body must have arrived.
    pub(crate) body_deadline: BodyDeadline,
    /// By when the response must be complete.
    pub(crate) deadline: Instant,
}

impl Authorized {
    /// Reserves a tenth of the limit, so that the service can respond after a late body.
    pub(crate) fn new(
        route: &'static Route,
        caller: Option<Caller>,
        started: Instant,
        limit: Duration,
    ) -> Self {
        Self {
            route,
            caller,
            body_deadline: BodyDeadline(started + limit * 9 / 10),
            deadline: started + limit,
        }
    }
}

/// Takes the gate's decision about a request, and prepares the request for the handler. actix and the gate may match a
/// path differently (`%63reate` for `create`); such a request gets 404, because the gate has not checked the role for
/// its route.
pub(crate) fn admitted(
    route: &'static Route,
    request: &HttpRequest,
) -> Result<Authorized, ApiError> {
    let admission = request.extensions_mut().remove::<Authorized>();
    let admission = admission
        .filter(|admission| std::ptr::eq(admission.route, route))
        .ok_or(ApiError::NotFound)?;
    if route.is_strict() || prefers_strict(request.headers()) {
        request.extensions_mut().insert(Strict);
    }
    if !route.is_carried_out_once() {
        request.extensions_mut().insert(KeyIgnored);
    }
    if admission.caller.is_none() {
        Ignored::query(request)?.attach(request, Ok(()))?;
    }
    request.extensions_mut().insert(admission.body_deadline);
    Ok(admission)
}

/// Stops at the deadline and turns a panic into an error; otherwise the connection would close without a response.
pub(crate) async fn until(deadline: Instant, mut answer: HandlerFuture) -> HandlerResult {
    let caught = poll_fn(move |context| {
        // A panic leaves no shared state inconsistent: the locks around it tolerate poisoning.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => {
                Poll::Ready(Err(ApiError::Internal { reason: "a handler panicked".to_owned() }))
            }
        }
    });
    timeout_at(deadline, caught).await.unwrap_or_else(|_| Err(out_of_time("a handler")))
}

/// Runs blocking work on another thread, so that the worker can serve other requests.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ApiError::Internal { reason: error.to_string() })
}

/// The error for a request that exceeds its time limit; `what` names the slow step.
pub(crate) fn out_of_time(what: &str) -> ApiError {
    ApiError::Unavailable { reason: format!("{what} exceeded the time limit of a request") }
}

#[cfg(test)]
mod tests;
