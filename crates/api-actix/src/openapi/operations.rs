//! The operations by path, with their parameters, bodies and responses.

use serde_json::{Value, json};
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Paths, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{Content, ContentBuilder, PathItem, Required, Response, ResponseBuilder};

use super::audit;
use super::deleted_users;
use super::examples;
use super::internal;
use super::keys;
use super::legal_hold;
use super::parameters;
use super::rate_limits;
use super::responses::{Failure, etag, header, ignored_fields, replayed, request_id};
use super::schema::named;
use super::service;
use super::webhooks;
use crate::request::{JSON, MERGE_PATCH_JSON};

/// All operations of the route table.
pub(super) fn paths() -> Paths {
    let mut of_user = PathItem::new(HttpMethod::Get, get());
    of_user.patch = Some(update());
    let others = PathsBuilder::new()
        .path("/v3/users/", PathItem::new(HttpMethod::Get, list()))
        .path(
            "/v3/users/create/",
            PathItem::new(HttpMethod::Post, create()),
        )
        .path(
            "/v3/users/delete/",
            PathItem::new(HttpMethod::Post, delete()),
        )
        .path("/v3/users/{vendor_data}/", of_user)
        .path(
            "/v3/users/{vendor_data}/update-status/",
            PathItem::new(HttpMethod::Patch, update_status()),
        )
        .path("/", PathItem::new(HttpMethod::Get, service::root()))
        .path(
            "/healthz",
            PathItem::new(HttpMethod::Get, service::healthz()),
        )
        .path("/readyz", PathItem::new(HttpMethod::Get, service::readyz()))
        .path(
            "/openapi.json",
            PathItem::new(HttpMethod::Get, service::openapi()),
        )
        .path("/docs/", PathItem::new(HttpMethod::Get, service::docs()))
        .path(
            "/docs/{asset}",
            PathItem::new(HttpMethod::Get, service::docs_asset()),
        );
    audit::paths()
        .into_iter()
        .chain(webhooks::paths())
        .chain(keys::paths())
        .chain(internal::paths())
        .chain(legal_hold::paths())
        .chain(deleted_users::paths())
        .fold(others, |paths, (path, item)| paths.path(path, item))
        .build()
}

fn list() -> Operation {
    let page = success("A page of users.")
        .content(JSON, example("UserPage", examples::page()))
        .build();
    users(
        "listUsers",
        "List users",
        "Returns a page of the users that match all filters, by cursor or by offset.",
    )
    .parameters(Some(parameters::list()))
    .response("200", page)
    .fails(&[Failure::Invalid])
}

fn create() -> Operation {
    let link = |operation: &str| {
        LinkBuilder::new()
            .operation_id(operation)
            .parameter("vendor_data", "$response.body#/vendor_data")
            .build()
    };
    let created = detail("The created user.")
        .header("Idempotency-Replayed", replayed())
        .header(
            "Location",
            header(
                "The path of the user.",
                json!({ "type": "string", "format": "uri-reference" }),
            ),
        )
        .link("get", link("getUser"))
        .link("update", link("updateUser"))
        .link("updateStatus", link("updateUserStatus"))
        .build();
    users(
        "createUser",
        "Create a user",
        "Creates a user. A repeated request returns 409, unless it has the `Idempotency-Key` of the first request.",
    )
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&[(JSON, "CreateUser", examples::create())])))
    .response("201", created)
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::Conflict,
        Failure::KeyReused,
    ]))
}

fn get() -> Operation {
    let not_modified = ResponseBuilder::new()
        .description("The client already has this version.")
        .header("X-Request-Id", request_id())
        .header("X-Ignored-Fields", ignored_fields())
        .header("ETag", etag())
        .build();
    users(
        "getUser",
        "Get a user",
        "Returns a user with metadata, comments and provenance.",
    )
    .parameter(parameters::vendor_data())
    .parameter(parameters::if_none_match())
    .response("200", detail("The user.").build())
    .response("304", not_modified)
    .fails(&[Failure::Malformed, Failure::NotFound])
}

fn update() -> Operation {
    let bodies = [
        (JSON, "UpdateUser", examples::update()),
        (MERGE_PATCH_JSON, "MergeUser", examples::update()),
    ];
    users(
        "updateUser",
        "Update a user",
        "Changes the members that are sent. In a merge patch, metadata is merged instead of replaced. Read-only \
         members are ignored.",
    )
    .parameter(parameters::vendor_data())
    .parameter(parameters::if_match())
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&bodies)))
    .response("200", changed())
    .fails(&change_of_user())
}

fn update_status() -> Operation {
    users(
        "updateUserStatus",
        "Change a user's status",
        "Changes the status if the status machine allows the transition.",
    )
    .parameter(parameters::vendor_data())
    .parameter(parameters::if_match())
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&[(
        JSON,
        "UpdateStatus",
        examples::update_status(),
    )])))
    .response("200", changed())
    .fails(&change_of_user())
}

fn delete() -> Operation {
    let deleted = success("The number of deleted users.")
        .header("Idempotency-Replayed", replayed())
        .content(JSON, example("Deletion", examples::deletion()))
        .build();
    users(
        "deleteUsers",
        "Delete users",
        "Deletes the named users, or all users. Unknown and deleted users are not counted, so the request can be \
         repeated safely.",
    )
    .parameter(parameters::idempotency_key())
    .request_body(Some(body(&[(JSON, "DeleteUsers", examples::delete())])))
    .response("200", deleted)
    .fails(&with_body(&[
        Failure::InvalidDeletion,
        Failure::KeyInUse,
        Failure::KeyReused,
    ]))
}

/// An operation on users.
fn users(id: &str, summary: &str, description: &str) -> OperationBuilder {
    keyed("Users", id, summary, description)
}

/// An operation that needs a key.
pub(super) fn keyed(tag: &str, id: &str, summary: &str, description: &str) -> OperationBuilder {
    OperationBuilder::new()
        .operation_id(Some(id))
        .tag(tag)
        .summary(Some(summary))
        .description(Some(description))
}

/// Adds the failures of an operation.
pub(super) trait Fails {
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

pub(super) fn with_body(more: &[Failure]) -> Vec<Failure> {
    let of_bodies = [
        Failure::RequestTimeout,
        Failure::TooLarge,
        Failure::UnsupportedType,
    ];
    [&of_bodies, more].concat()
}

fn change_of_user() -> Vec<Failure> {
    with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::Conflict,
        Failure::KeyReused,
        Failure::PreconditionFailed,
    ])
}

fn changed() -> Response {
    detail("The user after the change.")
        .header("Idempotency-Replayed", replayed())
        .build()
}

pub(super) fn success(description: &str) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(description)
        .header("X-Request-Id", request_id())
        .header("X-Ignored-Fields", ignored_fields())
}

fn detail(description: &str) -> ResponseBuilder {
    success(description)
        .header("ETag", etag())
        .content(JSON, example("UserDetail", examples::detail()))
}

pub(super) fn body(forms: &[(&str, &str, Value)]) -> RequestBody {
    RequestBodyBuilder::from(optional_body(forms))
        .required(Some(Required::True))
        .build()
}

/// An optional body.
pub(super) fn optional_body(forms: &[(&str, &str, Value)]) -> RequestBody {
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

pub(super) fn example(of: &str, value: Value) -> Content {
    ContentBuilder::new()
        .schema(Some(named(of)))
        .example(Some(value))
        .build()
}
