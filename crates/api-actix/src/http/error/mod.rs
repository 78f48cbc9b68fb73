//! The error type of the API and the table of its codes. [`render`] renders every error response from an [`ApiError`];
//! texts of the framework or the store never reach a client.

mod code;
mod conversions;
mod fields;
mod limited;
mod malformed;
pub(crate) mod messages;
mod render;

use std::fmt;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use users_domain::model::{StatusTrigger, UserStatus};

pub use code::ErrorCode;
pub(crate) use fields::{FieldErrors, NON_FIELD_ERRORS};
pub(crate) use limited::LimitedRequests;
pub(crate) use malformed::Malformed;
pub(crate) use render::{Shape, prefers, render};

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    NotAuthenticated,
    InvalidKey,
    RateLimited {
        requests: LimitedRequests,
        per_minute: u32,
        retry_after_seconds: u64,
    },
    PermissionDenied,
    NotFound,
    MethodNotAllowed {
        allowed: Vec<Method>,
    },
    UnsupportedMediaType {
        supported: &'static [&'static str],
    },
    RequestTimeout,
    PayloadTooLarge {
        max_bytes: usize,
    },
    Malformed(Malformed),
    InvalidFields(FieldErrors),
    /// `parameter` names the parameter to narrow, if there is one.
    ReadTooSlow {
        parameter: Option<&'static str>,
    },
    NothingSelected,
    VendorDataTaken,
    TransitionRefused {
        from: UserStatus,
        to: UserStatus,
        trigger: StatusTrigger,
    },
    DestinationNotFound,
    DeliveryNotFound,
    RecoveryNotFound,
    DestinationExists,
    TooManyDestinations,
    EventErased,
    EventExpired,
    TestEvent,
    KeyNotFound,
    KeyEnded,
    LastOwnerKey,
    TooManyKeys,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    IdempotencyQuotaExceeded,
    PreconditionFailed,
    /// The reason is for the log.
    Unavailable {
        reason: String,
    },
    /// The reason is for the log.
    Internal {
        reason: String,
    },
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { reason } => write!(f, "not available: {reason}"),
            Self::Internal { reason } => write!(f, "a defect: {reason}"),
            Self::Malformed(malformed) => write!(f, "the request is malformed: {malformed}"),
            other => f.write_str(other.code().title()),
        }
    }
}

impl ApiError {
    /// The errors by field, if the error concerns fields.
    pub(crate) fn fields(&self) -> Option<FieldErrors> {
        match self {
            Self::InvalidFields(errors) => Some(errors.clone()),
            Self::VendorDataTaken => Some(FieldErrors::of("vendor_data", self.detail())),
            Self::TransitionRefused { .. } => Some(FieldErrors::of("status", self.detail())),
            Self::DestinationExists => Some(FieldErrors::of("url", self.detail())),
            Self::ReadTooSlow { parameter } => {
                parameter.map(|name| FieldErrors::of(name, self.detail()))
            }
            _ => None,
        }
    }
}

/// Carries the error through the framework to the gate, which renders it in the client's shape.
impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    fn error_response(&self) -> HttpResponse {
        render(self, Shape::Reference, None)
    }
}
