//! The error type of the API and the table of its codes. [`render`] renders every error response from an [`ApiError`];
//! texts of the framework or the store never reach a client.

mod code;
mod conversions;
mod fields;
mod limited;
mod malformed;
pub(crate) mod messages;
mod render;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use thiserror::Error;
use users_domain::model::webhooks::Destination;
use users_domain::model::{ApiKey, StatusTrigger, UserStatus};
use users_domain::rules::status_machine;

pub use code::ErrorCode;
pub(crate) use fields::{FieldErrors, NON_FIELD_ERRORS};
pub(crate) use limited::LimitedRequests;
pub(crate) use malformed::Malformed;
pub(crate) use render::{Shape, prefers, render};

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ApiError {
    #[error("no key was sent")]
    NotAuthenticated,
    #[error("the key is not accepted")]
    InvalidKey,
    #[error("more than {per_minute} requests a minute")]
    RateLimited { requests: LimitedRequests, per_minute: u32, retry_after_seconds: u64 },
    #[error("the role does not allow this")]
    PermissionDenied,
    #[error("the path does not exist")]
    NotFound,
    #[error("the path does not support this method")]
    MethodNotAllowed { allowed: Vec<Method> },
    #[error("the body is not of a supported type")]
    UnsupportedMediaType { supported: &'static [&'static str] },
    #[error("the body did not arrive in time")]
    RequestTimeout,
    #[error("the body is larger than {max_bytes} bytes")]
    PayloadTooLarge { max_bytes: usize },
    #[error("the request is malformed: {0}")]
    Malformed(Malformed),
    #[error("fields are not valid")]
    InvalidFields(FieldErrors),
    /// `parameter` names the parameter to narrow, if there is one.
    #[error("the read exceeds its time limit")]
    ReadTooSlow { parameter: Option<&'static str> },
    #[error("no users were selected")]
    NothingSelected,
    #[error("the vendor_data is taken")]
    VendorDataTaken,
    #[error("the status may not move from {from:?} to {to:?}")]
    TransitionRefused { from: UserStatus, to: UserStatus, trigger: StatusTrigger },
    #[error("there is no such destination")]
    DestinationNotFound,
    #[error("there is no such delivery")]
    DeliveryNotFound,
    #[error("there is no such recovery")]
    RecoveryNotFound,
    #[error("there is a destination with this URL")]
    DestinationExists,
    #[error("there are too many destinations")]
    TooManyDestinations,
    #[error("the event was erased")]
    EventErased,
    #[error("the event is no longer stored")]
    EventExpired,
    #[error("the event was a test")]
    TestEvent,
    #[error("there is no such key")]
    KeyNotFound,
    #[error("the key is revoked or expired")]
    KeyEnded,
    #[error("the key is the last of an OWNER")]
    LastOwnerKey,
    #[error("there are too many keys")]
    TooManyKeys,
    #[error("a request with this key is in progress")]
    IdempotencyKeyInUse,
    #[error("the key belongs to another request")]
    IdempotencyKeyReused,
    #[error("the application has too many stored responses")]
    IdempotencyQuotaExceeded,
    #[error("the If-Match condition is not met")]
    PreconditionFailed,
    /// The reason is for the log.
    #[error("not available: {reason}")]
    Unavailable { reason: String },
    /// The reason is for the log.
    #[error("a defect: {reason}")]
    Internal { reason: String },
}

impl ApiError {
    /// The code of this error.
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::NotAuthenticated => ErrorCode::NotAuthenticated,
            Self::InvalidKey => ErrorCode::InvalidKey,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::PermissionDenied => ErrorCode::PermissionDenied,
            Self::NotFound => ErrorCode::NotFound,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::UnsupportedMediaType { .. } => ErrorCode::UnsupportedMediaType,
            Self::RequestTimeout => ErrorCode::RequestTimeout,
            Self::PayloadTooLarge { .. } => ErrorCode::PayloadTooLarge,
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::InvalidFields(_) => ErrorCode::InvalidFields,
            Self::ReadTooSlow { .. } => ErrorCode::ReadTooSlow,
            Self::NothingSelected => ErrorCode::NothingSelected,
            Self::VendorDataTaken => ErrorCode::VendorDataTaken,
            Self::TransitionRefused { .. } => ErrorCode::TransitionRefused,
            Self::DestinationNotFound => ErrorCode::DestinationNotFound,
            Self::DeliveryNotFound => ErrorCode::DeliveryNotFound,
            Self::RecoveryNotFound => ErrorCode::RecoveryNotFound,
            Self::DestinationExists => ErrorCode::DestinationExists,
            Self::TooManyDestinations => ErrorCode::TooManyDestinations,
            Self::EventErased => ErrorCode::EventErased,
            Self::EventExpired => ErrorCode::EventExpired,
            Self::TestEvent => ErrorCode::TestEvent,
            Self::KeyNotFound => ErrorCode::KeyNotFound,
            Self::KeyEnded => ErrorCode::KeyEnded,
            Self::LastOwnerKey => ErrorCode::LastOwnerKey,
            Self::TooManyKeys => ErrorCode::TooManyKeys,
            Self::IdempotencyKeyInUse => ErrorCode::IdempotencyKeyInUse,
            Self::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused,
            Self::IdempotencyQuotaExceeded => ErrorCode::IdempotencyQuotaExceeded,
            Self::PreconditionFailed => ErrorCode::PreconditionFailed,
            Self::Unavailable { .. } => ErrorCode::Unavailable,
            Self::Internal { .. } => ErrorCode::Internal,
        }
    }

    /// A message for the client.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::NotAuthenticated => {
                "You must be authenticated with a valid access token to access this endpoint."
                    .to_owned()
            }
            Self::InvalidKey => "Invalid API Key.".to_owned(),
            Self::RateLimited {
                requests,
                per_minute,
                ..
            } => requests.exceeded(*per_minute),
            Self::PermissionDenied => {
                "You do not have permission to perform this action.".to_owned()
            }
            Self::NotFound => "Not found.".to_owned(),
            Self::MethodNotAllowed { .. } => "Method not allowed.".to_owned(),
            Self::UnsupportedMediaType { supported } => {
                format!("Unsupported media type. Use {}.", supported.join(" or "))
            }
            Self::RequestTimeout => "The body did not arrive in time.".to_owned(),
            Self::PayloadTooLarge { max_bytes } => {
                format!("The body is too large. Its limit is {max_bytes} bytes.")
            }
            Self::Malformed(malformed) => malformed.to_string(),
            Self::InvalidFields(_) => "Some fields are not valid.".to_owned(),
            Self::ReadTooSlow { parameter } => messages::read_too_slow(*parameter).to_owned(),
            Self::NothingSelected => "Provide vendor_data_list or set delete_all=true.".to_owned(),
            Self::VendorDataTaken => messages::VENDOR_DATA_TAKEN.to_owned(),
            Self::TransitionRefused { from, to, trigger } => {
                let allowed = status_machine::targets(*from, *trigger);
                let allowed: Vec<_> = allowed.into_iter().map(UserStatus::as_str).collect();
                format!(
                    "The status cannot change from {} to {}. Allowed from {}: {}.",
                    from.as_str(),
                    to.as_str(),
                    from.as_str(),
                    if allowed.is_empty() {
                        "nothing".to_owned()
                    } else {
                        allowed.join(", ")
                    },
                )
            }
            Self::DestinationNotFound => "Webhook destination not found.".to_owned(),
            Self::DeliveryNotFound => "Webhook delivery not found.".to_owned(),
            Self::RecoveryNotFound => "Webhook recovery not found.".to_owned(),
            Self::DestinationExists => {
                "This webhook destination already exists for the application.".to_owned()
            }
            Self::TooManyDestinations => {
                let most = Destination::MAX_PER_APPLICATION;
                format!("The application has {most} webhook destinations, the most it may have.")
            }
            Self::EventErased => "The event was erased with its user.".to_owned(),
            Self::EventExpired => "The event is no longer stored.".to_owned(),
            Self::TestEvent => "A test event cannot be sent again. Send a new test.".to_owned(),
            Self::KeyNotFound => "API key not found.".to_owned(),
            Self::KeyEnded => {
                "The API key was revoked or has expired. Create a new one.".to_owned()
            }
            Self::LastOwnerKey => {
                "The application would be left without an OWNER key that your address may use. Create another one first."
                    .to_owned()
            }
            Self::TooManyKeys => {
                let most = ApiKey::MAX_LIVE;
                format!(
                    "The application has {most} API keys, the most it may have. Revoke some first."
                )
            }
            Self::IdempotencyKeyInUse => {
                "A request with this Idempotency-Key is under way. Try again.".to_owned()
            }
            Self::IdempotencyKeyReused => {
                "This Idempotency-Key was used for another request.".to_owned()
            }
            Self::IdempotencyQuotaExceeded => {
                "Too many responses are stored for the Idempotency-Keys of this application. Send the request without a key, or later.".to_owned()
            }
            Self::PreconditionFailed => {
                "The user is not at the version that If-Match names.".to_owned()
            }
            Self::Unavailable { .. } => {
                "The service is not available for the moment. Try again.".to_owned()
            }
            Self::Internal { .. } => "The service failed to answer this request.".to_owned(),
        }
    }

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
