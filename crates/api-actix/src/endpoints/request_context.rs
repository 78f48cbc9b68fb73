//! The input of a handler.

use std::future::Future;

use actix_web::{HttpRequest, web};

use super::state::AppState;
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::{Ignored, query};

/// The input of a handler.
pub(crate) struct RequestContext {
    /// State shared by all requests.
    pub(crate) state: web::Data<AppState>,
    /// Head of the request.
    pub(crate) request: HttpRequest,
    /// Body of the request, not yet read.
    pub(crate) payload: web::Payload,
}

/// Returns the parsed request, or its field errors. A failure of `check` takes precedence over field errors: an unknown
/// resource, or a failed precondition.
pub(crate) async fn valid<T, C, E: Into<ApiError>>(
    read: Result<T, FieldErrors>,
    check: impl Future<Output = Result<C, E>>,
) -> Result<T, ApiError> {
    match read {
        Ok(read) => Ok(read),
        Err(errors) => {
            check.await.map_err(Into::into)?;
            Err(errors.into())
        }
    }
}

impl RequestContext {
    /// The state, the head and the body.
    pub(crate) fn into_parts(self) -> (web::Data<AppState>, HttpRequest, web::Payload) {
        (self.state, self.request, self.payload)
    }

    /// The query string as pairs, in order.
    pub(crate) fn query(&self) -> Result<Vec<(String, String)>, ApiError> {
        query(&self.request)
    }

    /// Reports the query parameters of an operation that reads none as ignored, or rejects them if the request is
    /// strict.
    pub(crate) fn ignore_query(&self) -> Result<(), ApiError> {
        Ok(Ignored::query(&self.request)?.attach(&self.request, Ok(()))?)
    }
}
