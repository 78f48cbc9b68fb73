//! Answers that can be kept for repeats: all of an answer that its call decides, and not its request id.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use users_domain::model::{Caller, IdempotencyClaim, StoredResponse, UserDetail};
use users_domain::ports::{Answered, StoreError};
use users_domain::service::IdempotentFor;

use super::body::UserDetailBody;
use crate::error::ApiError;
use crate::request::{Ignored, JSON, etag};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer. Its form is stored: servers of other builds read it for as long as answers are kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    /// What was not used of the request, as its header says it.
    ignored: Option<String>,
    body: Box<RawValue>,
}

impl Reply {
    /// A body with this status.
    pub(super) fn new(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = to_raw_value(body).map_err(|_| ApiError::Internal {
            reason: "an answer could not be written as JSON".to_owned(),
        })?;
        Ok(Self {
            status: status.as_u16(),
            headers: Vec::new(),
            ignored: None,
            body,
        })
    }

    /// A user by itself, at its version.
    pub(super) fn detail(
        status: StatusCode,
        user: &UserDetail,
        caller: &Caller,
    ) -> Result<Self, ApiError> {
        let reply = Self::new(status, &UserDetailBody::of(user, caller)?)?;
        Ok(reply.header(&ETAG, etag(&user.record, caller)))
    }

    /// With another header.
    pub(super) fn header(mut self, name: &HeaderName, value: String) -> Self {
        self.headers.push((name.as_str().to_owned(), value));
        self
    }

    /// With what was not used of the request.
    pub(super) fn ignoring(mut self, ignored: &Ignored) -> Self {
        self.ignored = ignored.text();
        self
    }

    /// To the client.
    pub(super) fn send(self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let malformed = || ApiError::Internal {
            reason: "an answer is none".to_owned(),
        };
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

/// How the outcome of a call is told: now, and to its repeats.
pub(super) struct ResponseRenderer<T> {
    tell: Tell<T>,
    ignored: Ignored,
    caller: Caller,
}

/// Writes an outcome as its caller sees it.
type Tell<T> = fn(&T, &Ignored, &Caller) -> Result<Reply, ApiError>;

impl<T: 'static> ResponseRenderer<T> {
    /// By this function; `ignored` is what is known not to be used of the request.
    pub(super) fn by(tell: Tell<T>, ignored: &Ignored, caller: &Caller) -> Self {
        let (ignored, caller) = (ignored.clone(), caller.clone());
        Self {
            tell,
            ignored,
            caller,
        }
    }

    /// That the call is to be carried out once, where its client lays claim to it.
    pub(super) fn once(&self, claim: Option<IdempotencyClaim>) -> Option<IdempotentFor<T>> {
        let (tell, ignored, caller) = (self.tell, self.ignored.clone(), self.caller.clone());
        let render = move |outcome: &T| match tell(outcome, &ignored, &caller) {
            Ok(reply) => serde_json::to_vec(&reply).map_err(|_| defect("no answer can be kept")),
            Err(error) => Err(defect(&error.to_string())),
        };
        Some(IdempotentFor::new(claim?, render))
    }

    /// To the client.
    pub(super) fn send(
        &self,
        answered: &Answered<T>,
        request: &HttpRequest,
    ) -> Result<HttpResponse, ApiError> {
        match answered {
            Answered::Fresh(outcome) => {
                (self.tell)(outcome, &self.ignored, &self.caller)?.send(request)
            }
            Answered::Replayed(kept) => again(kept, request),
        }
    }
}

fn again(kept: &StoredResponse, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    let reply: Reply = serde_json::from_slice(kept.bytes()).map_err(|_| ApiError::Internal {
        reason: "a kept answer has another form".to_owned(),
    })?;
    let mut response = reply.send(request)?;
    let replayed = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, replayed);
    Ok(response)
}

fn defect(reason: &str) -> StoreError {
    StoreError::Defect {
        reason: reason.to_owned(),
    }
}
