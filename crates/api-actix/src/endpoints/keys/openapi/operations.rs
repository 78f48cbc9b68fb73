//! The operations on API keys.

use serde_json::{Value, json};
use users_domain::model::{ApiKey, Operation as Permission, Role};
use users_domain::rules::role_matrix;
use utoipa::openapi::header::Header;
use utoipa::openapi::link::{Link, LinkBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{ContentBuilder, PathItem, ResponseBuilder};

use super::examples;
use crate::http::request::JSON;
use crate::openapi::operations::{
    Fails as _, body, example, keyed, optional_body, success, with_body,
};
use crate::openapi::parameters;
use crate::openapi::responses::{Failure, header};
use crate::openapi::schema::named;

const ALL: &str = "/v3/api-keys/";
const READ: Permission = Permission::ReadKeys;
const MANAGE: Permission = Permission::ManageKeys;

pub(in crate::endpoints) fn paths() -> Vec<(String, PathItem)> {
    let mut all = PathItem::new(HttpMethod::Get, list());
    all.post = Some(create());
    let mut one = PathItem::new(HttpMethod::Get, find());
    one.patch = Some(update());
    one.delete = Some(revoke());
    let rotation = PathItem::new(HttpMethod::Post, rotate());
    vec![
        (ALL.to_owned(), all),
        (format!("{ALL}{{uuid}}/"), one),
        (format!("{ALL}{{uuid}}/rotate/"), rotation),
    ]
}

fn list() -> Operation {
    let rows = ContentBuilder::new()
        .schema(Some(ArrayBuilder::new().items(named("ApiKey"))))
        .example(Some(examples::keys()))
        .build();
    let description = format!(
        "Returns all active keys and the {} latest revoked or expired keys, oldest first.",
        ApiKey::MAX_ENDED_LISTED
    );
    keys(READ, "listApiKeys", "List API keys", &description)
        .response("200", success("The keys.").content(JSON, rows).build())
        .fails(&[Failure::Malformed])
}

fn create() -> Operation {
    let created = shown_once(
        "The key, with its secret.",
        "NewApiKey",
        examples::created(),
    )
    .header("Location", location())
    .link("get", of_key("getApiKey"))
    .link("update", of_key("updateApiKey"))
    .link("revoke", of_key("revokeApiKey"))
    .link("rotate", of_key("rotateApiKey"))
    .build();
    let description = format!(
        "Creates a key with a role. Its secret is in this response and in no other. An ADMIN cannot create an OWNER \
         key. An application has at most {} active keys.",
        ApiKey::MAX_LIVE
    );
    keys(MANAGE, "createApiKey", "Create an API key", &description)
        .request_body(Some(body(&[(JSON, "CreateApiKey", examples::create())])))
        .response("201", created)
        .fails(&with_body(&[Failure::Invalid, Failure::KeyConflict]))
}

fn find() -> Operation {
    keys(
        READ,
        "getApiKey",
        "Get an API key",
        "Returns a key, also if it is revoked or expired.",
    )
    .parameter(uuid())
    .response("200", answer("The key.", "ApiKey", examples::key()).build())
    .fails(&[Failure::Malformed, Failure::NotFound])
}

fn update() -> Operation {
    keys(
        MANAGE,
        "updateApiKey",
        "Update an API key",
        "Changes the members that are sent; the secret does not change. A revoked or expired key cannot be changed. An \
         ADMIN can neither change an OWNER key nor turn another key into one.",
    )
    .parameter(uuid())
    .request_body(Some(body(&[(JSON, "UpdateApiKey", examples::update())])))
    .response(
        "200",
        answer("The key after the change.", "ApiKey", examples::updated()).build(),
    )
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::KeyConflict,
    ]))
}

fn revoke() -> Operation {
    keys(
        MANAGE,
        "revokeApiKey",
        "Revoke an API key",
        "Revokes the key immediately and permanently; the key remains listed. With several server processes, all of \
         them reject the key within seconds. The OWNER key that lasts longest cannot be revoked. An OWNER may also \
         revoke keys of services.",
    )
    .parameter(uuid())
    .response("204", success("The key is revoked.").build())
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::KeyConflict,
    ]))
}

fn rotate() -> Operation {
    let rotated = shown_once(
        "The new key, with its secret, and the old one.",
        "RotatedApiKey",
        examples::rotated(),
    );
    keys(
        MANAGE,
        "rotateApiKey",
        "Rotate an API key",
        "Creates a key with the name, role, networks and limits of another. Its secret is in this response and in no \
         other. The old key expires at the end of the grace period.",
    )
    .parameter(uuid())
    .request_body(Some(optional_body(&[(JSON, "RotateApiKey", examples::rotate())])))
    .response("201", rotated.header("Location", location()).build())
    .fails(&with_body(&[
        Failure::Invalid,
        Failure::NotFound,
        Failure::KeyConflict,
    ]))
}

/// Appends the roles that may call the operation.
fn keys(permission: Permission, id: &str, summary: &str, description: &str) -> OperationBuilder {
    let roles = Role::ALL
        .into_iter()
        .filter(|role| role_matrix::allows(*role, permission))
        .map(Role::as_str);
    let roles = roles.collect::<Vec<_>>().join(", ");
    keyed(
        "API keys",
        id,
        summary,
        &format!("{description} Roles: {roles}."),
    )
}

fn uuid() -> Parameter {
    parameters::id("uuid", "The key.")
}

fn of_key(operation: &str) -> Link {
    LinkBuilder::new()
        .operation_id(operation)
        .parameter("uuid", "$response.body#/uuid")
        .build()
}

fn location() -> Header {
    header(
        "The path of the key.",
        json!({ "type": "string", "format": "uri-reference" }),
    )
}

fn answer(description: &str, of: &str, value: Value) -> ResponseBuilder {
    success(description).content(JSON, example(of, value))
}

/// A response that no cache may store.
fn shown_once(description: &str, of: &str, value: Value) -> ResponseBuilder {
    answer(description, of, value).header(
        "Cache-Control",
        header(
            "The response contains a secret and must not be stored.",
            json!({ "const": "no-store" }),
        ),
    )
}
