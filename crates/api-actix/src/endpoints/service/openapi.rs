//! The operations that need no key: health checks, the OpenAPI document and its interactive page.

use serde_json::{Map, Value, json};

use super::assets::ASSETS;
use super::health::Health;
use crate::http::request::JSON;
use crate::openapi::operation::Description;
use crate::openapi::parameters::path;
use crate::openapi::responses::Failure;

fn service(id: &str, summary: &str) -> Description {
    Description::new("Service", id, summary, "")
}

pub(crate) fn root() -> Description {
    service("root", "Redirect to the interactive page")
        .responds("303", "The page is at `/docs/`.")
        .location("The path of the page.")
}

pub(crate) fn healthz() -> Description {
    service("healthz", "Check whether the process runs")
        .returns::<Health>("The process runs.", json!({ "status": "ok" }))
}

pub(crate) fn readyz() -> Description {
    service("readyz", "Check whether the database can be used")
        .returns::<Health>("The database can be used.", json!({ "status": "ok" }))
        .fails([Failure::Unavailable])
}

pub(crate) fn document() -> Description {
    service("openapi", "Get this document")
        .responds("200", "An OpenAPI 3.1 document.")
        .with_content::<Map<String, Value>>(JSON, None)
}

pub(crate) fn page() -> Description {
    service("docs", "Get the interactive page of this document")
        .responds("200", "The page.")
        .with_content::<String>("text/html", None)
}

pub(crate) fn asset() -> Description {
    service("docsAsset", "Get a file of the interactive page")
        .responds("200", "The file.")
        .with_content::<String>("text/css", None)
        .with_content::<String>("text/javascript", None)
}

pub(crate) fn asset_name() -> Value {
    path("asset", "The name of the file.", json!({ "type": "string", "enum": ASSETS }))
}
