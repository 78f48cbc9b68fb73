//! One request on its way through a handler. Owns what every handler is given, its time limit, and what becomes of a
//! handler that panics.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use users_domain::model::Caller;

use crate::error::ApiError;
use crate::request::{Ignored, KeyIgnored, Strict, prefers_strict, query};
use crate::routes::{Endpoint, Route};
use crate::state::AppState;

/// What a handler is given.
pub(crate) struct RequestContext {
    /// What requests share.
    pub(crate) state: web::Data<AppState>,
    /// Head of the request.
    pub(crate) request: HttpRequest,
    /// Body of the request, not yet read.
    pub(crate) payload: web::Payload,
}

impl RequestContext {
    /// The query string as pairs, in order.
    pub(crate) fn query(&self) -> Result<Vec<(String, String)>, ApiError> {
        query(&self.request)
    }

    /// Names the parameters of a call that reads none, or refuses them.
    pub(crate) fn ignore_query(&self) -> Result<(), ApiError> {
        Ok(Ignored::query(&self.request)?.attach(&self.request, Ok(()))?)
    }
}

/// An answer with a secret in it: nobody on the way may keep it.
pub(crate) fn with_secret(mut response: HttpResponseBuilder, body: impl Serialize) -> HttpResponse {
    response
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(body)
}

/// What a handler gives back, later.
pub(crate) type HandlerFuture = Pin<Box<dyn Future<Output = Result<HttpResponse, ApiError>>>>;

/// What the gate found out about a request, for its handler.
pub(crate) struct Authorized {
    /// The route that was asked for, and whose role was checked.
    pub(crate) route: &'static Route,
    /// Who asks, where the route needs to know.
    pub(crate) caller: Option<Caller>,
    /// When the body must be there.
    pub(crate) body_deadline: BodyDeadline,
    /// When the answer must be there.
    pub(crate) deadline: Instant,
}

/// When the body of a request must be there. It stays with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BodyDeadline(pub(crate) Instant);

impl Authorized {
    /// What is left of the time after a body that came in the last moment is enough to say so, and mostly for the work.
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

/// Runs the handler of a route. The framework finds routes by its own reading of paths: where that is not the gate's
/// (`%63reate` for `create`), nothing is there, as nobody checked the role for it.
pub(crate) async fn answer(
    route: &'static Route,
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
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
        Ignored::query(&request)?.attach(&request, Ok(()))?;
    }
    request.extensions_mut().insert(admission.body_deadline);
    let context = RequestContext {
        state,
        request,
        payload,
    };
    let answer = match (&route.endpoint, admission.caller) {
        (Endpoint::Public(handler), _) => handler(context),
        (Endpoint::Authorized(_, handler), Some(caller)) => handler(context, caller),
        (Endpoint::Authorized(..), None) => return Err(ApiError::NotAuthenticated),
    };
    until(admission.deadline, answer).await
}

/// Gives up at the deadline, and turns a panic into an error: the connection would be dropped without an answer otherwise.
async fn until(deadline: Instant, mut answer: HandlerFuture) -> Result<HttpResponse, ApiError> {
    let caught = poll_fn(move |context| {
        // Nothing that outlives the handler is left half changed: shared state sits behind locks that tolerate this.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(ApiError::Internal {
                reason: "a handler panicked".to_owned(),
            })),
        }
    });
    timeout_at(deadline, caught)
        .await
        .unwrap_or_else(|_| Err(out_of_time("a handler")))
}

/// Work that would keep the thread of many requests busy, on another one.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ApiError::Internal {
        reason: error.to_string(),
    })
}

/// What took the time of a request.
pub(crate) fn out_of_time(what: &str) -> ApiError {
    ApiError::Unavailable {
        reason: format!("{what} took longer than a request may"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_panic_is_an_internal_error() {
        let answer = until(
            Instant::now() + Duration::from_mins(1),
            Box::pin(async { panic!("boom") }),
        )
        .await;
        assert!(matches!(answer, Err(ApiError::Internal { .. })));
    }

    #[actix_web::test]
    async fn a_handler_that_hangs_is_given_up() {
        let answer = until(Instant::now(), Box::pin(std::future::pending())).await;
        assert!(matches!(answer, Err(ApiError::Unavailable { .. })));
    }
}
