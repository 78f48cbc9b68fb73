//! The input of a handler.

use std::future::Future;

use actix_web::{HttpRequest, web};

use super::state::AppState;
use crate::http::error::{ApiError, FieldErrors};
use crate::http::query_string;
use crate::http::request::{Ignored, JSON, ReadBody, read_body, read_optional_body};

pub(crate) struct RequestContext {
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
    /// The state, the head and the body, a JSON object of at most `max_bytes`. The operation has no query parameters.
    pub(crate) async fn with_body(
        self,
        max_bytes: usize,
    ) -> Result<(web::Data<AppState>, HttpRequest, ReadBody), ApiError> {
        self.with_body_of(&[JSON], max_bytes).await
    }

    /// As [`Self::with_body`], for a body of one of these media types.
    pub(crate) async fn with_body_of(
        self,
        media_types: &'static [&'static str],
        max_bytes: usize,
    ) -> Result<(web::Data<AppState>, HttpRequest, ReadBody), ApiError> {
        let Self { state, request, payload } = self;
        let body = read_body(&request, payload, media_types, max_bytes).await?;
        Ok((state, request, body))
    }

    /// As [`Self::with_body`]; an empty body has no members.
    pub(crate) async fn with_optional_body(
        self,
        max_bytes: usize,
    ) -> Result<(web::Data<AppState>, HttpRequest, ReadBody), ApiError> {
        let Self { state, request, payload } = self;
        let body = read_optional_body(&request, payload, max_bytes).await?;
        Ok((state, request, body))
    }

    /// The state and the head of a request without parameters or body. Reports what it contains as ignored.
    pub(crate) async fn without_body(
        self,
        max_bytes: usize,
    ) -> Result<(web::Data<AppState>, HttpRequest), ApiError> {
        let (state, request, mut body) = self.with_optional_body(max_bytes).await?;
        body.fields().ignore_rest();
        body.ignored.attach(&request, Ok(()))?;
        Ok((state, request))
    }

    /// The query string as pairs, in order.
    pub(crate) fn query(&self) -> Result<Vec<(String, String)>, ApiError> {
        Ok(query_string::decode(self.request.query_string())?)
    }

    /// Reports the query parameters of an operation that reads none as ignored, or rejects them if the request is
    /// strict.
    pub(crate) fn ignore_query(&self) -> Result<(), ApiError> {
        Ok(Ignored::query(&self.request)?.attach(&self.request, Ok(()))?)
    }
}
