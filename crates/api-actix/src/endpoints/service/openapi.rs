//! The operations that need no key: health checks, the OpenAPI document and its interactive page.

use serde_json::{Value, json};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, PathItem, Required, Response};

use super::assets::ASSETS;
use crate::http::request::JSON;
use crate::openapi::operations::{example, success};
use crate::openapi::rate_limits;
use crate::openapi::responses::{Failure, content, header};
use crate::openapi::schema::{record, schema};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let ok = json!({ "type": "string", "enum": ["ok"] });
    vec![(
        "Health",
        record("The service is healthy.", [("status", ok)]),
    )]
}

pub(super) fn paths() -> Vec<(String, PathItem)> {
    [
        ("/", root()),
        ("/healthz", healthz()),
        ("/readyz", readyz()),
        ("/openapi.json", openapi()),
        ("/docs/", docs()),
        ("/docs/{asset}", docs_asset()),
    ]
    .map(|(path, operation)| (path.to_owned(), PathItem::new(HttpMethod::Get, operation)))
    .to_vec()
}

fn healthz() -> Operation {
    service("healthz", "Check whether the process runs")
        .response("200", health("The process runs."))
        .limited()
}

fn readyz() -> Operation {
    service("readyz", "Check whether the database can be used")
        .response("200", health("The database can be used."))
        .response("503", Failure::Unavailable.reference())
        .limited()
}

fn openapi() -> Operation {
    let document = success("An OpenAPI 3.1 document.")
        .content(JSON, content(schema(json!({ "type": "object" }))))
        .build();
    service("openapi", "Get this document")
        .response("200", document)
        .limited()
}

fn root() -> Operation {
    let path = json!({ "type": "string", "format": "uri-reference" });
    let redirect = success("The page is at `/docs/`.")
        .header("Location", header("The path of the page.", path))
        .build();
    service("root", "Redirect to the interactive page")
        .response("303", redirect)
        .limited()
}

fn docs() -> Operation {
    service("docs", "Get the interactive page of this document")
        .response(
            "200",
            success("The page.")
                .content("text/html", any_text())
                .build(),
        )
        .limited()
}

fn docs_asset() -> Operation {
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
    service("docsAsset", "Get a file of the interactive page")
        .parameter(asset)
        .response("200", file)
        .response("404", Failure::NotFound.reference())
        .limited()
}

trait Limited {
    /// Builds the operation, with rate limit headers on all responses.
    fn limited(self) -> Operation;
}

impl Limited for OperationBuilder {
    fn limited(self) -> Operation {
        let mut operation = self.build();
        rate_limits::add_headers(&mut operation);
        operation
    }
}

/// An operation that needs no key.
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
