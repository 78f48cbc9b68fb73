//! Answers that operations share: errors in both shapes, and headers.

use serde_json::{Value, json};
use utoipa::openapi::{
    Content, ContentBuilder, Header, HeaderBuilder, RefOr, Response, ResponseBuilder,
};

use super::schema::{named, properties, record, reference, schema};
use crate::error::ErrorCode;

/// The schemas of errors by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
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
        ("Error", record("What went wrong.", [("detail", text())])),
        (
            "FieldErrors",
            json!({
                "type": "object",
                "description": "What is wrong with which field: all of it at once.",
                "minProperties": 1,
                "additionalProperties": { "type": "array", "minItems": 1, "items": text() },
                "examples": [{ "vendor_data": ["This field is required."] }],
            }),
        ),
        ("Problem", problem),
    ]
}

/// A header of answers.
pub(super) fn header(description: &str, keywords: Value) -> Header {
    HeaderBuilder::new()
        .schema(Some(schema(keywords)))
        .description(Some(description))
        .build()
}

pub(super) fn request_id() -> Header {
    header(
        "The request's own id, or the one made for it.",
        json!({ "type": "string", "minLength": 1, "maxLength": 128 }),
    )
}

pub(super) fn ignored_fields() -> Header {
    header(
        "Query parameters and members of the body that were not used; percent-encoded, at most 20, separated by commas.",
        json!({ "type": "string" }),
    )
}

pub(super) fn etag() -> Header {
    header(
        "The user at its version, for `If-Match` and `If-None-Match`.",
        json!({ "type": "string", "pattern": "^\"[0-9a-f-]{36}-[1-9][0-9]*\"$" }),
    )
}

/// The answers by error status that any operation can give.
#[derive(Clone, Copy)]
pub(super) enum Failure {
    Malformed,
    /// Also errors by field.
    Invalid,
    /// Also the list that a deletion of nobody gets.
    InvalidDeletion,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PreconditionFailed,
    TooLarge,
    UnsupportedType,
    Internal,
    Unavailable,
}

impl Failure {
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Malformed | Self::Invalid | Self::InvalidDeletion => "400",
            Self::Unauthorized => "401",
            Self::Forbidden => "403",
            Self::NotFound => "404",
            Self::MethodNotAllowed => "405",
            Self::Conflict => "409",
            Self::PreconditionFailed => "412",
            Self::TooLarge => "413",
            Self::UnsupportedType => "415",
            Self::Internal => "500",
            Self::Unavailable => "503",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Malformed => "The request cannot be read.",
            Self::Invalid | Self::InvalidDeletion => {
                "The request cannot be read, or fields are not valid."
            }
            Self::Unauthorized => "No key was sent, or it is not accepted.",
            Self::Forbidden => "The key's role does not allow this.",
            Self::NotFound => "There is no such user.",
            Self::MethodNotAllowed => "The path does not have this method.",
            Self::Conflict => "The vendor_data is taken, or the status may not change this way.",
            Self::PreconditionFailed => "The user is not at the version that `If-Match` names.",
            Self::TooLarge => "The body is over its limit.",
            Self::UnsupportedType => "The body is not of a type that is read here.",
            Self::Internal => "The service failed.",
            Self::Unavailable => "The service is not available for the moment.",
        }
    }

    fn body(self) -> Value {
        match self {
            Self::Invalid => json!({ "anyOf": [reference("Error"), reference("FieldErrors")] }),
            Self::InvalidDeletion => json!({
                "anyOf": [
                    reference("Error"),
                    reference("FieldErrors"),
                    { "type": "array", "items": { "type": "string" } },
                ],
            }),
            Self::Conflict => reference("FieldErrors"),
            _ => reference("Error"),
        }
    }

    pub(super) fn response(self) -> Response {
        let response = ResponseBuilder::new()
            .description(self.description())
            .header("X-Request-Id", request_id())
            .content("application/json", content(schema(self.body())))
            .content("application/problem+json", content(named("Problem")));
        let text = || json!({ "type": "string" });
        match self {
            Self::Unauthorized => {
                response.header("WWW-Authenticate", header("The scheme of keys.", text()))
            }
            Self::MethodNotAllowed => {
                response.header("Allow", header("The methods of the path.", text()))
            }
            Self::Unavailable => response.header(
                "Retry-After",
                header(
                    "Seconds to wait.",
                    json!({ "type": "integer", "minimum": 0 }),
                ),
            ),
            _ => response,
        }
        .build()
    }
}

/// A body of this schema.
pub(super) fn content(of: RefOr<utoipa::openapi::Schema>) -> Content {
    ContentBuilder::new().schema(Some(of)).build()
}
