//! Responses that operations share: errors in both shapes, and headers.

use serde_json::{Value, json};
use utoipa::openapi::{
    Content, ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
};

use super::rate_limits;
use super::schema::{named, properties, record, reference, schema};
use crate::http::error::ErrorCode;

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let text = || json!({ "type": "string" });
    let members = vec![
        ("type", json!({ "type": "string", "format": "uri" })),
        ("title", text()),
        (
            "status",
            json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
        ),
        ("detail", text()),
        ("code", json!({ "type": "string", "enum": codes })),
        ("errors", reference("FieldErrors")),
        ("request_id", text()),
    ];
    let problem = json!({
        "type": "object",
        "description": "RFC 9457, for clients whose `Accept` names `application/problem+json`.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": properties(members),
    });
    vec![
        ("Error", record("An error.", [("detail", text())])),
        (
            "FieldErrors",
            json!({
                "type": "object",
                "description": "All field errors of the request, by field.",
                "minProperties": 1,
                "additionalProperties": { "type": "array", "minItems": 1, "items": text() },
                "examples": [{ "vendor_data": ["This field is required."] }],
            }),
        ),
        ("Problem", problem),
    ]
}

/// A response header.
pub(crate) fn header(description: &str, keywords: Value) -> Header {
    HeaderBuilder::new()
        .schema(Some(schema(keywords)))
        .description(Some(description))
        .build()
}

pub(crate) fn request_id() -> Header {
    header(
        "The request id that the client sent, or a generated one.",
        json!({ "type": "string", "minLength": 1, "maxLength": 128 }),
    )
}

pub(crate) fn ignored_fields() -> Header {
    header(
        "The names of query parameters and body members that were ignored: percent-encoded, at most 20, separated by \
         commas.",
        json!({ "type": "string" }),
    )
}

/// The header of replayed responses to requests with an `Idempotency-Key`.
pub(crate) fn replayed() -> Header {
    header(
        "`true` if this is the response of an earlier request with the same `Idempotency-Key`.",
        json!({ "type": "string", "enum": ["true"] }),
    )
}

pub(crate) fn etag() -> Header {
    header(
        "The version of the user, as the caller sees it, for `If-Match` and `If-None-Match`.",
        json!({ "type": "string", "pattern": "^\"[0-9a-f-]{36}-[1-9][0-9]*(-redacted)?\"$" }),
    )
}

macro_rules! failures {
    ($($(#[$doc:meta])* $variant:ident = $status:literal, $description:literal;)+) => {
        /// An error response. Operations refer to it by name.
        #[derive(Clone, Copy)]
        pub(crate) enum Failure { $($(#[$doc])* $variant,)+ }

        impl Failure {
            const ALL: &[Self] = &[$(Self::$variant,)+];

            const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }

            pub(crate) const fn status(self) -> &'static str {
                match self { $(Self::$variant => $status,)+ }
            }

            const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }
    };
}

failures! {
    Malformed = "400", "The request cannot be read, or is handled strictly and has unknown parameters or members.";
    /// Also has errors by field.
    Invalid = "400", "The request cannot be read, or fields are invalid.";
    /// Also has the list body of a deletion that selects no users.
    InvalidDeletion = "400", "The request cannot be read, selects no users, or has invalid fields.";
    Unauthorized = "401", "No key was sent, or it is not accepted.";
    RateLimited = "429", "There were too many requests within a minute. This request does not count against the limit.";
    Forbidden = "403", "The key does not allow this.";
    NotFound = "404", "The resource does not exist.";
    MethodNotAllowed = "405", "The path does not support this method.";
    Conflict = "409", "The `vendor_data` is taken, the status transition is not allowed, or a request with this \
                       `Idempotency-Key` is in progress.";
    KeyInUse = "409", "A request with this `Idempotency-Key` is in progress.";
    KeyReused = "422", "The `Idempotency-Key` was used for another request.";
    TooManyDestinations = "409", "The application has the maximum number of destinations.";
    KeyConflict = "409", "The key is revoked or expired, the application has the maximum number of keys, or it would \
                          have no OWNER key left that the caller's address may use.";
    ResendConflict = "409", "The event was erased, is past its retention, or was a test.";
    RequestTimeout = "408", "The body did not arrive in time.";
    PreconditionFailed = "412", "The user is not at the version that `If-Match` names.";
    TooLarge = "413", "The body exceeds its size limit.";
    UnsupportedType = "415", "The media type of the body is not supported.";
    Internal = "500", "The service failed.";
    Unavailable = "503", "The service is temporarily unavailable.";
}

/// The failures by name.
pub(crate) fn failures() -> impl Iterator<Item = (&'static str, Response)> {
    Failure::ALL
        .iter()
        .map(|failure| (failure.name(), failure.response()))
}

impl Failure {
    /// A reference for an operation's responses.
    pub(crate) fn reference(self) -> RefOr<Response> {
        Ref::from_response_name(self.name()).into()
    }

    fn body(self) -> Value {
        match self {
            Self::Malformed | Self::Invalid | Self::Conflict => {
                json!({ "anyOf": [reference("Error"), reference("FieldErrors")] })
            }
            Self::InvalidDeletion => json!({
                "anyOf": [
                    reference("Error"),
                    reference("FieldErrors"),
                    { "type": "array", "items": { "type": "string" } },
                ],
            }),
            _ => reference("Error"),
        }
    }

    fn response(self) -> Response {
        let response = ResponseBuilder::new()
            .description(self.description())
            .header("X-Request-Id", request_id())
            .header("X-Ignored-Fields", ignored_fields())
            .content("application/json", content(schema(self.body())))
            .content("application/problem+json", content(named("Problem")));
        let text = || json!({ "type": "string" });
        let response = match self {
            Self::Unauthorized => response.header(
                "WWW-Authenticate",
                header("The authentication scheme.", text()),
            ),
            Self::MethodNotAllowed => response.header(
                "Allow",
                header("The methods that the path supports.", text()),
            ),
            Self::Unavailable | Self::RateLimited | Self::Conflict | Self::KeyInUse => response
                .header(
                    "Retry-After",
                    header(
                        "The time to wait before a retry, in seconds.",
                        json!({ "type": "integer", "minimum": 0 }),
                    ),
                ),
            _ => response,
        };
        let mut response = response.build();
        rate_limits::add_headers_to(&mut response);
        response
    }
}

/// Content with this schema.
pub(crate) fn content(of: RefOr<utoipa::openapi::Schema>) -> Content {
    ContentBuilder::new().schema(Some(of)).build()
}
