//! The input of a handler.

use actix_web::{HttpRequest, web};

use super::state::AppState;
use crate::http::error::ApiError;
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

impl RequestContext {
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
