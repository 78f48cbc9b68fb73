//! The operations that need no key: health, this document and the page over it.

use serde_json::json;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Required, Response};

use super::operations::{example, success};
use super::rate_limits;
use super::responses::{Failure, content, header};
use super::schema::schema;
use crate::docs_page::ASSETS;
use crate::request::JSON;

pub(super) fn healthz() -> Operation {
    service("healthz", "Whether the process runs")
        .response("200", health("It does."))
        .limited()
}

pub(super) fn readyz() -> Operation {
    service("readyz", "Whether the database can be used")
        .response("200", health("It can."))
        .response("503", Failure::Unavailable.reference())
        .limited()
}

pub(super) fn openapi() -> Operation {
    let document = success("An OpenAPI 3.1 document.")
        .content(JSON, content(schema(json!({ "type": "object" }))))
        .build();
    service("openapi", "This document")
        .response("200", document)
        .limited()
}

pub(super) fn root() -> Operation {
    let place = json!({ "type": "string", "format": "uri-reference" });
    let elsewhere = success("The page is at `/docs/`.")
        .header("Location", header("Where the page is.", place))
        .build();
    service("root", "The way to the interactive page")
        .response("303", elsewhere)
        .limited()
}

pub(super) fn docs() -> Operation {
    service("docs", "An interactive page over this document")
        .response(
            "200",
            success("The page.")
                .content("text/html", any_text())
                .build(),
        )
        .limited()
}

pub(super) fn docs_asset() -> Operation {
    let asset = ParameterBuilder::new()
        .name("asset")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema(json!({ "type": "string", "enum": ASSETS }))))
        .build();
    let file = success("The file.")
        .content("text/css", any_text())
        .content("text/javascript", any_text())
        .build();
    service("docsAsset", "A file of the interactive page")
        .parameter(asset)
        .response("200", file)
        .response("404", Failure::NotFound.reference())
        .limited()
}

trait Limited {
    /// The operation, whose answers all tell of its limit.
    fn limited(self) -> Operation;
}

impl Limited for OperationBuilder {
    fn limited(self) -> Operation {
        let mut operation = self.build();
        rate_limits::tell(&mut operation);
        operation
    }
}

/// An operation for anybody.
fn service(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(id))
        .tag("Service")
        .summary(Some(summary))
        .securities(Some([SecurityRequirement::default()]))
        .response("400", Failure::Malformed.reference())
        .response("405", Failure::MethodNotAllowed.reference())
        .response("429", Failure::RateLimited.reference())
        .response("500", Failure::Internal.reference())
}

fn health(description: &str) -> Response {
    success(description)
        .content(JSON, example("Health", json!({ "status": "ok" })))
        .build()
}

fn any_text() -> Content {
    content(schema(json!({ "type": "string" })))
}
