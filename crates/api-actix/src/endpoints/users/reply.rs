//! Responses that can be stored for repeats of an idempotent request: everything but the request id.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use users_domain::model::{Caller, IdempotencyClaim, StoredResponse, UserDetail};
use users_domain::ports::{Answered, StoreError};
use users_domain::service::IdempotentFor;

use super::body::UserDetailBody;
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::request::{Ignored, JSON, etag};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A response. Its serialized form is stored; other builds must be able to read it while responses are stored.
#[derive(Serialize, Deserialize)]
pub(in crate::endpoints) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    /// The value of the header that names ignored fields.
    ignored: Option<String>,
    body: Box<RawValue>,
}

impl Reply {
    pub(in crate::endpoints) fn new(
        status: StatusCode,
        body: &impl Serialize,
    ) -> Result<Self, ApiError> {
        let body = to_raw_value(body).map_err(|_| ApiError::Internal {
            reason: "a response could not be serialized as JSON".to_owned(),
        })?;
        Ok(Self { status: status.as_u16(), headers: Vec::new(), ignored: None, body })
    }

    pub(in crate::endpoints) fn detail(
        status: StatusCode,
        user: &UserDetail,
        caller: &Caller,
    ) -> Result<Self, ApiError> {
        let reply = Self::new(status, &UserDetailBody::of(user, caller)?)?;
        Ok(reply.header(&ETAG, etag(&user.record, caller)))
    }

    pub(in crate::endpoints) fn header(mut self, name: &HeaderName, value: String) -> Self {
        self.headers.push((name.as_str().to_owned(), value));
        self
    }

    pub(in crate::endpoints) fn ignoring(mut self, ignored: &Ignored) -> Self {
        self.ignored = ignored.text();
        self
    }

    pub(in crate::endpoints) fn send(self, request: &HttpRequest) -> HandlerResult {
        let malformed = || ApiError::Internal { reason: "a response is invalid".to_owned() };
        let status = StatusCode::from_u16(self.status).map_err(|_| malformed())?;
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, JSON));
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed())?;
            let value = HeaderValue::from_str(value).map_err(|_| malformed())?;
            response.insert_header((name, value));
        }
        if let Some(ignored) = self.ignored {
            Ignored::attach_again(ignored, request);
        }
        Ok(response.body(String::from(Box::<str>::from(self.body))))
    }
}

/// Renders the outcome of an operation, for the client and for storage.
pub(in crate::endpoints) struct ResponseRenderer<T> {
    render_reply: RenderReply<T>,
    ignored: Ignored,
    caller: Caller,
}

/// Renders an outcome as its caller sees it.
type RenderReply<T> = fn(&T, &Ignored, &Caller) -> Result<Reply, ApiError>;

impl<T: 'static> ResponseRenderer<T> {
    pub(in crate::endpoints) fn by(
        render_reply: RenderReply<T>,
        ignored: &Ignored,
        caller: &Caller,
    ) -> Self {
        let (ignored, caller) = (ignored.clone(), caller.clone());
        Self { render_reply, ignored, caller }
    }

    /// The idempotency of the operation; `None` without a claim.
    pub(in crate::endpoints) fn once(
        &self,
        claim: Option<IdempotencyClaim>,
    ) -> Option<IdempotentFor<T>> {
        let (render_reply, ignored, caller) =
            (self.render_reply, self.ignored.clone(), self.caller.clone());
        let render = move |outcome: &T| match render_reply(outcome, &ignored, &caller) {
            Ok(reply) => {
                serde_json::to_vec(&reply).map_err(|_| defect("a response could not be serialized"))
            }
            Err(error) => Err(defect(&error.to_string())),
        };
        Some(IdempotentFor::new(claim?, render))
    }

    pub(in crate::endpoints) fn send(
        &self,
        answered: &Answered<T>,
        request: &HttpRequest,
    ) -> HandlerResult {
        match answered {
            Answered::Fresh(outcome) => {
                (self.render_reply)(outcome, &self.ignored, &self.caller)?.send(request)
            }
            Answered::Replayed(stored) => replay(stored, request),
        }
    }
}

fn replay(stored: &StoredResponse, request: &HttpRequest) -> HandlerResult {
    let reply: Reply = serde_json::from_slice(stored.bytes()).map_err(|_| ApiError::Internal {
        reason: "a stored response has another format".to_owned(),
    })?;
    let mut response = reply.send(request)?;
    let replayed = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, replayed);
    Ok(response)
}

fn defect(reason: &str) -> StoreError {
    StoreError::Defect { reason: reason.to_owned() }
}
