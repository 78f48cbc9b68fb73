//! Builders of operations, their bodies and their responses.

use serde_json::Value;
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{Content, ContentBuilder, Required, ResponseBuilder};

use super::rate_limits;
use super::responses::{Failure, ignored_fields, request_id};
use super::schema::named;

/// An operation that needs a key.
pub(crate) fn keyed(tag: &str, id: &str, summary: &str, description: &str) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(id))
        .tag(tag)
        .summary(Some(summary))
        .description(Some(description))
}

/// Adds the failures of an operation.
pub(crate) trait Fails {
    fn fails(self, failures: &[Failure]) -> Operation;
}

impl Fails for OperationBuilder {
    /// Adds these failures, and those of every operation that needs a key.
    fn fails(self, failures: &[Failure]) -> Operation {
        const ALWAYS: [Failure; 6] = [
            Failure::Unauthorized,
            Failure::RateLimited,
            Failure::Forbidden,
            Failure::MethodNotAllowed,
            Failure::Internal,
            Failure::Unavailable,
        ];
        let mut operation = (ALWAYS.iter().chain(failures))
            .fold(self, |operation, failure| {
                operation.response(failure.status(), failure.reference())
            })
            .build();
        rate_limits::add_headers(&mut operation);
        operation
    }
}

pub(crate) fn with_body(more: &[Failure]) -> Vec<Failure> {
    let of_bodies = [
        Failure::RequestTimeout,
        Failure::TooLarge,
        Failure::UnsupportedType,
    ];
    [&of_bodies, more].concat()
}

pub(crate) fn success(description: &str) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .header("X-Request-Id", request_id())
        .header("X-Ignored-Fields", ignored_fields())
}

pub(crate) fn body(forms: &[(&str, &str, Value)]) -> RequestBody {
    RequestBodyBuilder::from(optional_body(forms))
        .required(Some(Required::True))
        .build()
}

/// An optional body.
pub(crate) fn optional_body(forms: &[(&str, &str, Value)]) -> RequestBody {
    forms
        .iter()
        .fold(
            RequestBodyBuilder::new(),
            |body, (media_type, name, value)| {
                body.content(*media_type, example(name, value.clone()))
            },
        )
        .build()
}

pub(crate) fn example(of: &str, value: Value) -> Content {
    ContentBuilder::new()
        .schema(Some(named(of)))
        .example(Some(value))
        .build()
}
