//! The OpenAPI document, composed of the descriptions of all endpoints. Describes exactly the requests that the readers
//! accept and the responses of the service.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;
use utoipa::openapi::path::{Paths, PathsBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder,
};

use crate::endpoints::{audit, deleted_users, internal, keys, users, webhooks};
use crate::http::error::ApiError;
use crate::http::handler::in_background;
use crate::http::request::JSON;
use crate::http::static_file::StaticFile;
use crate::openapi::{rate_limits, responses, schema};

const SECURITY_SCHEME: &str = "ApiKey";

const MAX_DOCUMENTS: usize = 4;

/// One document for each path prefix below which clients reach the API, the latest last. While a document is created,
/// other requests wait. Only trusted proxies can name a prefix other than the configured one.
#[derive(Default)]
pub(crate) struct Documents(Arc<Mutex<Vec<Document>>>);

/// A path prefix, and the document of the API below it.
type Document = (String, Arc<StaticFile>);

impl Documents {
    /// The document of the API below a path prefix.
    pub(super) async fn below(&self, prefix: String) -> Result<Arc<StaticFile>, ApiError> {
        let mut documents = Arc::clone(&self.0).lock_owned().await;
        if let Some((_, file)) = documents.iter().find(|(known, _)| *known == prefix) {
            return Ok(Arc::clone(file));
        }
        // The task holds the lock and stores its result, even if the client that started it disconnects.
        in_background(move || {
            let text = text_below(&prefix);
            let file = Arc::new(StaticFile::new(JSON, "no-cache", text.into())?);
            if documents.len() == MAX_DOCUMENTS {
                documents.remove(0);
            }
            documents.push((prefix, Arc::clone(&file)));
            Ok(file)
        })
        .await?
    }
}

/// The document as it is served and checked in: sorted members, an indentation of two spaces, a line feed at the end.
#[must_use]
pub fn openapi_json() -> String {
    text_below("")
}

/// The document of an API that a proxy serves below a path.
fn text_below(prefix: &str) -> String {
    let mut document = sorted();
    if let Value::Object(document) = &mut document {
        let url = if prefix.is_empty() { "/" } else { prefix };
        document.insert("servers".to_owned(), json!([{ "url": url }]));
    }
    format!("{document:#}\n")
}

/// The document as a JSON value, which sorts its members; extensions would have the order of a hash map.
#[expect(
    clippy::expect_used,
    reason = "a document of texts and JSON values can always be converted to JSON"
)]
fn sorted() -> Value {
    let mut document = serde_json::to_value(openapi()).expect("a JSON form");
    // utoipa has no type for webhooks.
    if let Value::Object(document) = &mut document {
        document.insert("webhooks".to_owned(), webhooks::openapi::webhooks());
    }
    prefer(&mut document);
    document
}

/// Adds the `Prefer` header to every operation, by reference: utoipa does not support parameters in components.
#[expect(
    clippy::indexing_slicing,
    reason = "an assignment creates a missing member of a JSON object, and a read returns null for it"
)]
fn prefer(document: &mut Value) {
    document["components"]["parameters"] = json!({
        "Prefer": {
            "name": "Prefer",
            "in": "header",
            "description": "With `handling=strict` (RFC 7240), unknown parameters and members cause a 400 response.",
            "schema": { "type": "string", "enum": ["handling=strict", "handling=lenient"] },
        },
    });
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, path)| path.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let reference = json!({ "$ref": "#/components/parameters/Prefer" });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(reference),
            None => operation["parameters"] = json!([reference]),
        }
    }
}

fn openapi() -> OpenApi {
    let tag = |name: &str, description: &str| {
        TagBuilder::new()
            .name(name)
            .description(Some(description))
            .build()
    };
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Users API")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The users of an application and their statuses. Every path is served with and without a trailing \
                     slash. Unknown parameters and members are ignored and named in `X-Ignored-Fields`; with \
                     `Prefer: handling=strict` (RFC 7240), they are errors with status 400.",
                ))
                .license(Some(License::new("Apache-2.0"))),
        )
        .tags(Some([
            tag("Users", "The users of the application."),
            tag(
                "Deletion",
                "Deleted users and their restoration, and the legal holds that prevent deletion.",
            ),
            tag(
                "Audit",
                "The activity of a user, and the audit log of the application.",
            ),
            tag(
                "Webhooks",
                "Webhook destinations, their deliveries, and the events that are sent to them.",
            ),
            tag(
                "API keys",
                "The keys of the application, with their roles, networks and rate limits.",
            ),
            tag(
                "Internal",
                "Reports of other services about users, and the restrictions that follow from the status of a user. \
                 These operations require a key of kind service, which cannot call other operations.",
            ),
            tag(
                "Service",
                "Health checks, this document and its interactive page.",
            ),
        ]))
        .security(Some([SecurityRequirement::new(SECURITY_SCHEME, [] as [&str; 0])]))
        .paths(paths())
        .components(Some(components()))
        .build()
}

fn paths() -> Paths {
    users::openapi::paths()
        .into_iter()
        .chain(deleted_users::openapi::paths())
        .chain(users::legal_hold::openapi::paths())
        .chain(audit::openapi::paths())
        .chain(webhooks::openapi::paths())
        .chain(keys::openapi::paths())
        .chain(internal::openapi::paths())
        .chain(super::openapi::paths())
        .fold(PathsBuilder::new(), |paths, (path, item)| {
            paths.path(path, item)
        })
        .build()
}

fn components() -> Components {
    let key = ApiKeyValue::with_description(
        "x-api-key",
        "`sk_live_` or `sk_test_`, followed by 43 characters. A key belongs to one application, and has one role or is \
         of kind service.",
    );
    let schemas = users::openapi::schemas()
        .into_iter()
        .chain(deleted_users::openapi::schemas())
        .chain(users::legal_hold::openapi::schemas())
        .chain(audit::openapi::schemas())
        .chain(webhooks::openapi::schemas())
        .chain(keys::openapi::schemas())
        .chain(internal::openapi::schemas())
        .chain(super::openapi::schemas())
        .chain(responses::schemas());
    let components = schemas.fold(ComponentsBuilder::new(), |components, (name, keywords)| {
        components.schema(name, schema::schema(keywords))
    });
    let components = rate_limits::headers().fold(components, |components, (name, header)| {
        components.header(name, header)
    });
    responses::failures()
        .fold(components, |components, (name, response)| {
            components.response(name, response)
        })
        .security_scheme(SECURITY_SCHEME, SecurityScheme::ApiKey(ApiKey::Header(key)))
        .build()
}
