//! The operations by path: what they take and what they answer.

use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, Paths, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, LinkBuilder, PathItem, Required, Response, ResponseBuilder};

use super::examples;
use super::parameters;
use super::responses::{Failure, etag, header, ignored_fields, request_id};
use super::schema::{named, schema};

const JSON: &str = "application/json";

/// Every operation of the route table.
pub(super) fn paths() -> Paths {
    let item = |method, operation: Operation| PathItem::new(method, operation);
    let mut of_user = item(HttpMethod::Get, get());
    of_user.patch = Some(update());
    PathsBuilder::new()
        .path("/v3/users/", item(HttpMethod::Get, list()))
        .path("/v3/users/create/", item(HttpMethod::Post, create()))
        .path("/v3/users/delete/", item(HttpMethod::Post, delete()))
        .path("/v3/users/{vendor_data}/", of_user)
        .path(
            "/v3/users/{vendor_data}/update-status/",
            item(HttpMethod::Patch, update_status()),
        )
        .path("/healthz", item(HttpMethod::Get, healthz()))
        .path("/readyz", item(HttpMethod::Get, readyz()))
        .path("/openapi.json", item(HttpMethod::Get, openapi()))
        .path("/docs/", item(HttpMethod::Get, docs()))
        .path("/docs/{asset}", item(HttpMethod::Get, docs_asset()))
        .build()
}
