//! The OpenAPI document, composed of the table of routes and the descriptions of all endpoints. Describes exactly the
//! requests that the readers accept and the responses of the service.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::endpoints::users::legal_hold;
use crate::endpoints::{deleted_users, internal, keys, service, users, webhooks};
use crate::http::error::FieldErrors;
use crate::openapi::{headers, parameters, responses, text};
use crate::routes::ENDPOINTS;

/// The document as it is served and checked in: sorted members, an indentation of two spaces, a line feed at the end.
#[must_use]
pub fn openapi_json() -> String {
    text_below("")
}

/// The document of an API that a proxy serves below a path.
pub(crate) fn text_below(prefix: &str) -> String {
    let url = if prefix.is_empty() { "/" } else { prefix };
    format!("{:#}\n", document(url))
}

fn document(url: &str) -> Value {
    let mut schemas = generator();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Users API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The users of an application and their statuses. Every path is served with and without a \
                            trailing slash. Unknown parameters and members are ignored and named in \
                            `X-Ignored-Fields`; with `Prefer: handling=strict` (RFC 7240), they are errors with status \
                            400.",
            "license": { "name": "Apache-2.0" },
        },
        "servers": [{ "url": url }],
        "tags": tags(),
        "security": [{ "ApiKey": [] }],
        "paths": paths(&mut schemas),
        "webhooks": webhooks::openapi::webhooks(),
        "components": components(schemas),
    })
}

fn tags() -> [Value; 7] {
    [
        ("Users", "The users of the application."),
        (
            "Deletion",
            "Deleted users and their restoration, and the legal holds that prevent deletion.",
        ),
        (
            "Audit",
            "The activity of a user, and the audit log of the application.",
        ),
        (
            "Webhooks",
            "Webhook destinations, their deliveries, and the events that are sent to them.",
        ),
        (
            "API keys",
            "The keys of the application, with their roles, networks and rate limits.",
        ),
        (
            "Internal",
            "Reports of other services about users, and the restrictions that follow from the status of a user. These \
             operations require a key of kind service, which cannot call other operations.",
        ),
        (
            "Service",
            "Health checks, this document and its interactive page.",
        ),
    ]
    .map(|(name, description)| json!({ "name": name, "description": description }))
}

fn paths(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in ENDPOINTS {
        let route = &endpoint.route;
        let operation =
            (endpoint.describe)().operation(route, path_parameters(route.path), schemas);
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(route.method.as_str().to_lowercase(), operation);
        }
    }
    paths
}

fn path_parameters(path: &str) -> Vec<Value> {
    path_names(path).filter_map(|name| path_parameter(path, name)).collect()
}

fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')))
}

/// The parameter of a path; a test checks that there is one for each name of each path.
fn path_parameter(path: &str, name: &str) -> Option<Value> {
    let id = |description| parameters::path(name, description, text::uuid());
    Some(match name {
        "asset" => service::openapi::asset_name(),
        "vendor_data" => {
            let schema = if path.starts_with("/internal/") {
                // A text that is not a valid `vendor_data` counts as an unknown user.
                json!({ "type": "string", "minLength": 1, "pattern": text::NO_NUL })
            } else {
                parameters::vendor_data()
            };
            let description =
                "The client's own identifier, percent-encoded. A slash in it is written as `%2F`.";
            parameters::path(name, description, schema)
        }
        "didit_internal_id" => id("The identifier that the service assigned to the user."),
        "delivery_uuid" => id("The attempt."),
        "recovery_uuid" => id("The recovery."),
        "uuid" if path.starts_with("/v3/api-keys/") => id("The key."),
        "uuid" if path.starts_with("/v3/webhook/destinations/") => id("The destination."),
        _ => return None,
    })
}

/// The schemas that are not derived.
fn written_schemas() -> impl Iterator<Item = (&'static str, Value)> {
    users::openapi::schemas()
        .into_iter()
        .chain(deleted_users::openapi::schemas())
        .chain(legal_hold::openapi::schemas())
        .chain(webhooks::openapi::schemas())
        .chain(keys::openapi::schemas())
        .chain(internal::openapi::schemas())
        .chain(responses::schemas())
}

fn components(mut schemas: SchemaGenerator) -> Value {
    schemas.subschema_for::<FieldErrors>();
    let mut all = schemas.take_definitions(true);
    all.extend(written_schemas().map(|(name, schema)| (name.to_owned(), schema)));
    json!({
        "schemas": all,
        "responses": responses::failures(),
        "headers": headers::rate_limits(),
        "parameters": {
            "Prefer": {
                "name": "Prefer",
                "in": "header",
                "description": "With `handling=strict` (RFC 7240), unknown parameters and members cause a 400 response.",
                "schema": { "type": "string", "enum": ["handling=strict", "handling=lenient"] },
            },
        },
        "securitySchemes": {
            "ApiKey": {
                "type": "apiKey",
                "in": "header",
                "name": "x-api-key",
                "description": "`sk_live_` or `sk_test_`, followed by 43 characters. A key belongs to one application, \
                                and has one role or is of kind service.",
            },
        },
    })
}

fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.with_transform(RecursiveTransform(as_published)).into_generator()
}

/// Leaves out the formats of Rust's integers and the line breaks of doc comments. `{}` is any value, also for generators
/// of clients that do not know `true`.
fn as_published(schema: &mut Schema) {
    if schema.as_bool() == Some(true) {
        schema.ensure_object();
    }
    let format = schema.get("format").and_then(Value::as_str);
    if format.is_some_and(|format| format.contains("int")) {
        schema.remove("format");
    }
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

#[cfg(test)]
mod tests;
