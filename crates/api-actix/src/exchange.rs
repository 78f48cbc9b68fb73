//! One request on its way through a handler. Owns what every handler is given, its time limit, and what becomes of a
//! handler that panics.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use users_domain::model::Caller;

use crate::error::ApiError;
use crate::request::query;
use crate::routes::{Endpoint, Route};
use crate::state::AppState;

/// What a handler is given.
pub(crate) struct Exchange {
    /// What requests share.
    pub(crate) state: web::Data<AppState>,
    /// Head of the request.
    pub(crate) request: HttpRequest,
    /// Body of the request, not yet read.
    pub(crate) payload: web::Payload,
}

impl Exchange {
    /// The query string as pairs, in order.
    pub(crate) fn query(&self) -> Result<Vec<(String, String)>, ApiError> {
        query(&self.request)
    }
}

/// What a handler gives back, later.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, ApiError>>>>;

/// Runs the handler of a route.
pub(crate) async fn answer(
    route: &'static Route,
    state: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let limit = state.settings.request_timeout;
    // A caller is there only because the gate put it there.
    let caller = request.extensions_mut().remove::<Caller>();
    let exchange = Exchange {
        state,
        request,
        payload,
    };
    let answer = match (&route.endpoint, caller) {
        (Endpoint::Public(handler), _) => handler(exchange),
        (Endpoint::Authorized(_, handler), Some(caller)) => handler(exchange, caller),
        (Endpoint::Authorized(..), None) => return Err(ApiError::NotAuthenticated),
    };
    within(limit, answer).await
}

/// Gives up after `limit`, and turns a panic into an error: the connection would be dropped without an answer otherwise.
async fn within(limit: Duration, mut answer: Answer) -> Result<HttpResponse, ApiError> {
    let caught = poll_fn(move |context| {
        // Nothing that outlives the handler is left half changed: shared state sits behind locks that tolerate this.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(ApiError::Internal {
                reason: "a handler panicked".to_owned(),
            })),
        }
    });
    tokio::time::timeout(limit, caught)
        .await
        .unwrap_or_else(|_| {
            Err(ApiError::Unavailable {
                reason: format!("a handler took longer than {} ms", limit.as_millis()),
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_panic_is_an_internal_error() {
        let answer = within(Duration::from_mins(1), Box::pin(async { panic!("boom") })).await;
        assert!(matches!(answer, Err(ApiError::Internal { .. })));
    }

    #[actix_web::test]
    async fn a_handler_that_hangs_is_given_up() {
        let answer = within(Duration::from_millis(1), Box::pin(std::future::pending())).await;
        assert!(matches!(answer, Err(ApiError::Unavailable { .. })));
    }
}
