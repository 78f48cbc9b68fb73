//! The error codes: one table from code to status, title and, where it is always the same, message.

use actix_web::http::StatusCode;

use super::ApiError;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:ident, $word:literal, $title:literal $(, $detail:literal)?;)+) => {
        /// The kind of an error, as a code that programs can rely on (`code` of problem details).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)+ }

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

            /// The message for the client, unless it depends on the occurrence.
            pub(super) const fn detail(self) -> Option<&'static str> {
                match self {
                    $($(Self::$variant => Some($detail),)?)+
                    _ => None,
                }
            }
        }

        impl ApiError {
            /// The code of this error.
            pub(crate) const fn code(&self) -> ErrorCode {
                match self { $(Self::$variant { .. } => ErrorCode::$variant,)+ }
            }
        }
    };
}

codes! {
    /// No key was sent.
    NotAuthenticated = UNAUTHORIZED, "not_authenticated", "Authentication is required",
        "You must be authenticated with a valid access token to access this endpoint.";
    /// The key is unknown, malformed, expired or revoked.
    InvalidKey = UNAUTHORIZED, "invalid_api_key", "The API key is not accepted", "Invalid API Key.";
    /// The key, or the address of a request without one, has sent too many requests within a minute.
    RateLimited = TOO_MANY_REQUESTS, "rate_limit_exceeded", "There are too many requests";
    /// The key's role does not allow the operation.
    PermissionDenied = FORBIDDEN, "permission_denied", "The key does not allow this",
        "You do not have permission to perform this action.";
    /// The path does not exist, or names no user.
    NotFound = NOT_FOUND, "not_found", "There is no such resource", "Not found.";
    /// The path does not have the method.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed", "The resource does not have this method",
        "Method not allowed.";
    /// The route does not accept the media type of the body.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The media type of the body is not supported";
    /// The body did not arrive in time.
    RequestTimeout = REQUEST_TIMEOUT, "request_timeout", "The body did not arrive in time",
        "The body did not arrive in time.";
    /// The body is over its limit.
    PayloadTooLarge = PAYLOAD_TOO_LARGE, "payload_too_large", "The body is too large";
    /// Path, query or body cannot be read.
    Malformed = BAD_REQUEST, "malformed_request", "The request cannot be read";
    /// Fields have values that are not accepted.
    InvalidFields = BAD_REQUEST, "invalid_fields", "Fields are not valid", "Some fields are not valid.";
    /// The read exceeds its time limit.
    ReadTooSlow = BAD_REQUEST, "read_too_slow", "The read takes too long";
    /// A deletion names no users.
    NothingSelected = BAD_REQUEST, "nothing_selected", "The request selects no users",
        "Provide vendor_data_list or set delete_all=true.";
    /// The `vendor_data` belongs to another user.
    VendorDataTaken = CONFLICT, "vendor_data_taken", "The vendor_data is taken",
        "A user with this vendor_data already exists.";
    /// The status machine rejects the transition.
    TransitionRefused = CONFLICT, "transition_refused", "The status may not change this way";
    /// The application has no such webhook destination.
    DestinationNotFound = NOT_FOUND, "destination_not_found", "There is no such webhook destination",
        "Webhook destination not found.";
    /// The destination has no such delivery.
    DeliveryNotFound = NOT_FOUND, "delivery_not_found", "There is no such webhook delivery",
        "Webhook delivery not found.";
    /// The destination has no such recovery.
    RecoveryNotFound = NOT_FOUND, "recovery_not_found", "There is no such webhook recovery",
        "Webhook recovery not found.";
    /// The application has another webhook destination with this URL.
    DestinationExists = BAD_REQUEST, "destination_exists", "The URL is another webhook destination's",
        "This webhook destination already exists for the application.";
    /// The application has the maximum number of webhook destinations.
    TooManyDestinations = CONFLICT, "too_many_destinations", "There are too many webhook destinations";
    /// The event was erased with its user.
    EventErased = CONFLICT, "event_erased", "The event was erased", "The event was erased with its user.";
    /// The event is past its retention.
    EventExpired = CONFLICT, "event_expired", "The event is no longer stored", "The event is no longer stored.";
    /// The delivery was a test, whose event is not stored.
    TestEvent = CONFLICT, "test_event", "A test event cannot be sent again",
        "A test event cannot be sent again. Send a new test.";
    /// The application has no such API key.
    KeyNotFound = NOT_FOUND, "api_key_not_found", "There is no such API key", "API key not found.";
    /// The API key was revoked or has expired.
    KeyEnded = CONFLICT, "api_key_ended", "The API key is no longer accepted",
        "The API key was revoked or has expired. Create a new one.";
    /// The application would be left without an OWNER key that the caller's address may use.
    LastOwnerKey = CONFLICT, "last_owner_key", "The application needs this OWNER key",
        "The application would be left without an OWNER key that your address may use. Create another one first.";
    /// The application has the maximum number of API keys.
    TooManyKeys = CONFLICT, "too_many_api_keys", "There are too many API keys";
    /// Another request with this `Idempotency-Key` is in progress.
    IdempotencyKeyInUse = CONFLICT, "idempotency_key_in_use", "A request with the same key is under way",
        "A request with this Idempotency-Key is under way. Try again.";
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The key belongs to another request",
        "This Idempotency-Key was used for another request.";
    /// The stored responses for the application's `Idempotency-Key`s exceed their limit.
    IdempotencyQuotaExceeded = TOO_MANY_REQUESTS, "idempotency_quota_exceeded", "Too many responses are stored for repeats",
        "Too many responses are stored for the Idempotency-Keys of this application. Send the request without a key, or later.";
    /// `If-Match` does not hold.
    PreconditionFailed = PRECONDITION_FAILED, "precondition_failed", "The user has changed meanwhile",
        "The user is not at the version that If-Match names.";
    /// The database is unavailable or overloaded, or too many requests change the same user.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "The service is not available for the moment",
        "The service is not available for the moment. Try again.";
    /// A defect of the service.
    Internal = INTERNAL_SERVER_ERROR, "internal_error", "The service failed",
        "The service failed to answer this request.";
}
