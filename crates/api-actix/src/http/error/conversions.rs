//! Converts rejections and failures of the lower layers to [`ApiError`].

use users_domain::model::InvalidValue;
use users_domain::ports::StoreError;
use users_domain::rules::Rejection;
use users_domain::rules::keys::KeyRejection;
use users_domain::service::{AccessError, DestinationError, KeyError, ServiceError};

use super::{ApiError, FieldErrors, Malformed, messages};

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Forbidden => Self::PermissionDenied,
            ServiceError::Refused(rejection) => rejection.into(),
            ServiceError::Contended => Self::Unavailable { reason: error.to_string() },
            ServiceError::KeyInUse => Self::IdempotencyKeyInUse,
            ServiceError::IdempotencyQuotaExceeded => Self::IdempotencyQuotaExceeded,
            ServiceError::KeyReused => Self::IdempotencyKeyReused,
            ServiceError::Store(error) => error.into(),
        }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::UserNotFound => Self::NotFound,
            Rejection::VendorDataTaken => Self::VendorDataTaken,
            Rejection::VersionMismatch => Self::PreconditionFailed,
            Rejection::TransitionRefused { from, to, trigger } => {
                Self::TransitionRefused { from, to, trigger }
            }
            Rejection::InvalidField { field, reason } => {
                Self::InvalidFields(FieldErrors::of(field.as_str(), messages::text(&reason)))
            }
            // Reports and deletions return these for each item, never for the whole request.
            Rejection::EvidenceOfAnotherUser
            | Rejection::ReportConflict
            | Rejection::RetentionOver
            | Rejection::UnderLegalHold { .. } => Self::Internal { reason: rejection.to_string() },
        }
    }
}

impl From<DestinationError> for ApiError {
    fn from(error: DestinationError) -> Self {
        match error {
            DestinationError::Forbidden => Self::PermissionDenied,
            DestinationError::DestinationNotFound => Self::DestinationNotFound,
            DestinationError::DeliveryNotFound => Self::DeliveryNotFound,
            DestinationError::RecoveryNotFound => Self::RecoveryNotFound,
            DestinationError::Duplicate => Self::DestinationExists,
            DestinationError::TooMany => Self::TooManyDestinations,
            DestinationError::Erased => Self::EventErased,
            DestinationError::Expired => Self::EventExpired,
            DestinationError::OnlyATest => Self::TestEvent,
            DestinationError::Busy => Self::Unavailable { reason: error.to_string() },
            DestinationError::Vault(error) => Self::Internal { reason: error.to_string() },
            DestinationError::Store(error) => error.into(),
        }
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(rejection) => rejection.into(),
            KeyError::Store(error) => error.into(),
        }
    }
}

impl From<KeyRejection> for ApiError {
    fn from(rejection: KeyRejection) -> Self {
        match rejection {
            KeyRejection::NotFound => Self::KeyNotFound,
            KeyRejection::Forbidden => Self::PermissionDenied,
            KeyRejection::ExpiryNotAhead => {
                let message = messages::text(&InvalidValue::NotAhead);
                Self::InvalidFields(FieldErrors::of("expires_at", message))
            }
            KeyRejection::Ended => Self::KeyEnded,
            KeyRejection::LastOwner => Self::LastOwnerKey,
            KeyRejection::TooMany => Self::TooManyKeys,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { reason } => Self::Unavailable { reason },
            StoreError::TooSlow => Self::ReadTooSlow { parameter: None },
            StoreError::Defect { reason } => Self::Internal { reason },
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Store(error) => error.into(),
            other => Self::Internal { reason: other.to_string() },
        }
    }
}

impl From<Malformed> for ApiError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        Self::InvalidFields(errors)
    }
}
