//! The operations on users, with their parameters, bodies and responses.

use serde_json::json;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::{PathItem, Response, ResponseBuilder};

use super::{examples, parameters as own};
use crate::http::request::{JSON, MERGE_PATCH_JSON};
use crate::openapi::operations::{Fails as _, body, example, keyed, success, with_body};
use crate::openapi::parameters;
use crate::openapi::responses::{Failure, etag, header, ignored_fields, replayed, request_id};

/// The operations by path.
pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
    let mut of_user = PathItem::new(HttpMethod::Get, get());
    of_user.patch = Some(update());
    vec![
        (
            "/v3/users/".to_owned(),
            PathItem::new(HttpMethod::Get, list()),
        ),
        (
            "/v3/users/create/".to_owned(),
            PathItem::new(HttpMethod::Post, create()),
        ),
        (
            "/v3/users/delete/".to_owned(),
            PathItem::new(HttpMethod::Post, delete()),
        ),
        ("/v3/users/{vendor_data}/".to_owned(), of_user),
        (
            "/v3/users/{vendor_data}/update-status/".to_owned(),
            PathItem::new(HttpMethod::Patch, update_status()),
        ),
    ]
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
    .parameters(Some(own::list()))
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

fn detail(description: &str) -> ResponseBuilder {
    success(description)
        .header("ETag", etag())
        .content(JSON, example("UserDetail", examples::detail()))
}
