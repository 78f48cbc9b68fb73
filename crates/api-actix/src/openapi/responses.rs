//! Errors in both shapes.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::headers::{self, header};
use super::schema::{record, reference, with};
use crate::http::error::{ErrorCode, FieldErrors};

/// The schemas of errors, except the field errors.
pub(crate) fn schemas() -> [(&'static str, Value); 2] {
    let text = || json!({ "type": "string" });
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let problem = record(
        "RFC 9457, for clients whose `Accept` names `application/problem+json`.",
        [
            ("type", json!({ "type": "string", "format": "uri" })),
            ("title", text()),
            ("status", json!({ "type": "integer", "minimum": 400, "maximum": 599 })),
            ("detail", text()),
            ("code", json!({ "type": "string", "enum": codes })),
            ("errors", reference("FieldErrors")),
            ("request_id", text()),
        ],
    );
    let required = json!(["type", "title", "status", "detail", "code"]);
    [
        ("Error", record("An error.", [("detail", text())])),
        ("Problem", with(problem, [("required", required)])),
    ]
}

impl JsonSchema for FieldErrors {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldErrors".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "All field errors of the request, by field.",
            "minProperties": 1,
            "additionalProperties": { "type": "array", "minItems": 1, "items": { "type": "string" } },
            "examples": [{ "vendor_data": ["This field is required."] }],
        })
    }
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

pub(crate) fn failures() -> Map<String, Value> {
    (Failure::ALL.iter()).map(|failure| (failure.name().to_owned(), failure.response())).collect()
}

impl Failure {
    /// A reference for an operation's responses.
    pub(super) fn reference(self) -> Value {
        json!({ "$ref": format!("#/components/responses/{}", self.name()) })
    }

    fn body(self) -> Value {
        let forms = || vec![reference("Error"), reference("FieldErrors")];
        match self {
            Self::Malformed | Self::Invalid | Self::Conflict => json!({ "anyOf": forms() }),
            Self::InvalidDeletion => {
                let list = json!({ "type": "array", "items": { "type": "string" } });
                json!({ "anyOf": ([forms(), vec![list]].concat()) })
            }
            _ => reference("Error"),
        }
    }

    fn response(self) -> Value {
        let text = || json!({ "type": "string" });
        let own = match self {
            Self::Unauthorized => {
                Some(("WWW-Authenticate", header("The authentication scheme.", text())))
            }
            Self::MethodNotAllowed => {
                Some(("Allow", header("The methods that the path supports.", text())))
            }
            Self::Unavailable | Self::RateLimited | Self::Conflict | Self::KeyInUse => {
                Some(("Retry-After", headers::retry_after()))
            }
            _ => None,
        };
        let mut headers = headers::of_every_response();
        headers.extend(own.map(|(name, header)| (name.to_owned(), header)));
        json!({
            "description": self.description(),
            "headers": headers,
            "content": {
                "application/json": { "schema": self.body() },
                "application/problem+json": { "schema": reference("Problem") },
            },
        })
    }
}
