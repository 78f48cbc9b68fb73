//! The error codes: one table from code to status, word, title and the message for the client.

use actix_web::http::StatusCode;
use users_domain::model::ApiKey;
use users_domain::model::webhooks::Destination;

use super::{ApiError, messages};

/// A row has a variant of [`ApiError`] with the fields that its message contains, the status, the code as text, the
/// title, and the message.
macro_rules! codes {
    ($($variant:ident $fields:tt = $status:ident, $word:literal, $title:literal, $detail:expr;)+) => {
        /// The kind of an error, as a code that programs can rely on (`code` of problem details).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $(#[doc = concat!("`", $word, "`")] $variant,)+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// The code as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// A short description, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }

        impl ApiError {
            pub(crate) const fn code(&self) -> ErrorCode {
                match self { $(Self::$variant { .. } => ErrorCode::$variant,)+ }
            }

            /// The message for the client.
            pub(crate) fn detail(&self) -> String {
                match self { $(Self::$variant $fields => String::from($detail),)+ }
            }
        }
    };
}

codes! {
    NotAuthenticated { .. } = UNAUTHORIZED, "not_authenticated", "Authentication is required",
        "You must be authenticated with a valid access token to access this endpoint.";
    InvalidKey { .. } = UNAUTHORIZED, "invalid_api_key", "The API key is not accepted",
        "Invalid API Key.";
    RateLimited { requests, per_minute, .. } = TOO_MANY_REQUESTS, "rate_limit_exceeded",
        "There are too many requests",
        requests.exceeded(*per_minute);
    PermissionDenied { .. } = FORBIDDEN, "permission_denied", "The key does not allow this",
        "You do not have permission to perform this action.";
    NotFound { .. } = NOT_FOUND, "not_found", "There is no such resource",
        "Not found.";
    MethodNotAllowed { .. } = METHOD_NOT_ALLOWED, "method_not_allowed",
        "The resource does not have this method",
        "Method not allowed.";
    UnsupportedMediaType { supported } = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "The media type of the body is not supported",
        format!("Unsupported media type. Use {}.", supported.join(" or "));
    RequestTimeout { .. } = REQUEST_TIMEOUT, "request_timeout", "The body did not arrive in time",
        "The body did not arrive in time.";
    PayloadTooLarge { max_bytes } = PAYLOAD_TOO_LARGE, "payload_too_large", "The body is too large",
        format!("The body is too large. Its limit is {max_bytes} bytes.");
    Malformed { 0: malformed } = BAD_REQUEST, "malformed_request", "The request cannot be read",
        malformed.to_string();
    InvalidFields { .. } = BAD_REQUEST, "invalid_fields", "Fields are not valid",
        "Some fields are not valid.";
    ReadTooSlow { parameter } = BAD_REQUEST, "read_too_slow", "The read takes too long",
        messages::read_too_slow(*parameter);
    NothingSelected { .. } = BAD_REQUEST, "nothing_selected", "The request selects no users",
        "Provide vendor_data_list or set delete_all=true.";
    VendorDataTaken { .. } = CONFLICT, "vendor_data_taken", "The vendor_data is taken",
        "A user with this vendor_data already exists.";
    TransitionRefused { from, to, trigger } = CONFLICT, "transition_refused",
        "The status may not change this way",
        messages::transition_refused(*from, *to, *trigger);
    DestinationNotFound { .. } = NOT_FOUND, "destination_not_found", "There is no such webhook destination",
        "Webhook destination not found.";
    DeliveryNotFound { .. } = NOT_FOUND, "delivery_not_found", "There is no such webhook delivery",
        "Webhook delivery not found.";
    RecoveryNotFound { .. } = NOT_FOUND, "recovery_not_found", "There is no such webhook recovery",
        "Webhook recovery not found.";
    DestinationExists { .. } = BAD_REQUEST, "destination_exists", "The URL is another webhook destination's",
        "This webhook destination already exists for the application.";
    TooManyDestinations { .. } = CONFLICT, "too_many_destinations", "There are too many webhook destinations",
        format!(
            "The application has {} webhook destinations, the most it may have.",
            Destination::MAX_PER_APPLICATION
        );
    EventErased { .. } = CONFLICT, "event_erased", "The event was erased",
        "The event was erased with its user.";
    EventExpired { .. } = CONFLICT, "event_expired", "The event is no longer stored",
        "The event is no longer stored.";
    TestEvent { .. } = CONFLICT, "test_event", "A test event cannot be sent again",
        "A test event cannot be sent again. Send a new test.";
    KeyNotFound { .. } = NOT_FOUND, "api_key_not_found", "There is no such API key",
        "API key not found.";
    KeyEnded { .. } = CONFLICT, "api_key_ended", "The API key is no longer accepted",
        "The API key was revoked or has expired. Create a new one.";
    LastOwnerKey { .. } = CONFLICT, "last_owner_key", "The application needs this OWNER key",
        "The application would be left without an OWNER key that your address may use. Create another one first.";
    TooManyKeys { .. } = CONFLICT, "too_many_api_keys", "There are too many API keys",
        format!(
            "The application has {} API keys, the most it may have. Revoke some first.",
            ApiKey::MAX_LIVE
        );
    IdempotencyKeyInUse { .. } = CONFLICT, "idempotency_key_in_use",
        "A request with the same key is under way",
        "A request with this Idempotency-Key is under way. Try again.";
    IdempotencyKeyReused { .. } = UNPROCESSABLE_ENTITY, "idempotency_key_reused",
        "The key belongs to another request",
        "This Idempotency-Key was used for another request.";
    IdempotencyQuotaExceeded { .. } = TOO_MANY_REQUESTS, "idempotency_quota_exceeded",
        "Too many responses are stored for repeats",
        "Too many responses are stored for the Idempotency-Keys of this application. Send the request without a key, or later.";
    PreconditionFailed { .. } = PRECONDITION_FAILED, "precondition_failed", "The user has changed meanwhile",
        "The user is not at the version that If-Match names.";
    Unavailable { .. } = SERVICE_UNAVAILABLE, "unavailable", "The service is not available for the moment",
        "The service is not available for the moment. Try again.";
    Internal { .. } = INTERNAL_SERVER_ERROR, "internal_error", "The service failed",
        "The service failed to answer this request.";
}
