//! The OpenAPI document. Owns how the API is described; must never describe what the readers do not accept or the
//! writers do not answer.
//!
//! It is composed here from the domain's own limits and words rather than by attributes on handlers and bodies: bodies
//! are read member by member, so no type of theirs has the shape that a derived schema would show.

mod answers;
mod audit;
mod deleted_users;
mod examples;
mod internal;
mod keys;
mod legal_hold;
mod operations;
mod parameters;
mod rate_limits;
mod requests;
mod responses;
mod schema;
mod service;
mod text;
mod user;
mod webhooks;

use std::sync::Arc;

use actix_web::HttpResponse;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder,
};

use crate::error::ApiError;
use crate::origin;
use crate::request::JSON;
use crate::request_context::{RequestContext, in_background};
use crate::static_file::StaticFile;

const SECURITY_SCHEME: &str = "ApiKey";

const MAX_DOCUMENTS: usize = 4;

/// One document for each path prefix below which clients reach the API, the latest last. While one is made, other requests
/// wait. Only trusted proxies name other prefixes than the configured one.
#[derive(Default)]
pub(crate) struct Documents(Arc<Mutex<Vec<Document>>>);

/// A path prefix, and the document of the API below it.
type Document = (String, Arc<StaticFile>);

impl Documents {
    async fn below(&self, prefix: String) -> Result<Arc<StaticFile>, ApiError> {
        let mut documents = Arc::clone(&self.0).lock_owned().await;
        if let Some((_, file)) = documents.iter().find(|(known, _)| *known == prefix) {
            return Ok(Arc::clone(file));
        }
        // The lock goes along: the work ends, and is stored, also when the client that started it is gone.
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

/// `GET /openapi.json`
pub(crate) async fn document(context: RequestContext) -> Result<HttpResponse, ApiError> {
    let prefix = origin::prefix_of(&context.request, &context.state.settings);
    let file = context.state.documents.below(prefix).await?;
    Ok(file.answer(&context.request))
}

/// The document as it is served and checked in: members sorted, two spaces deep, a line feed at its end.
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

/// A value's members are sorted; the document's own extensions come in the order of a hash map.
#[expect(
    clippy::expect_used,
    reason = "a document of texts and JSON values always has a JSON form"
)]
fn sorted() -> Value {
    let mut document = serde_json::to_value(openapi()).expect("a JSON form");
    // utoipa has no word for what a service sends by itself.
    if let Value::Object(document) = &mut document {
        document.insert("webhooks".to_owned(), webhooks::webhooks());
    }
    prefer(&mut document);
    document
}

/// Every operation reads the header; utoipa knows no parameters among the components.
#[expect(
    clippy::indexing_slicing,
    reason = "a JSON value makes the members that are set and has none for others"
)]
fn prefer(document: &mut Value) {
    document["components"]["parameters"] = json!({
        "Prefer": {
            "name": "Prefer",
            "in": "header",
            "description": "With `handling=strict` (RFC 7240) unknown parameters and members are a 400 that names them.",
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
                    "Users of an application and where they stand. Every path is served with and without the slash at \
                     its end. Unknown parameters and members are ignored and named in `X-Ignored-Fields`; with \
                     `Prefer: handling=strict` (RFC 7240) they are a 400.",
                ))
                .license(Some(License::new("Apache-2.0"))),
        )
        .tags(Some([
            tag("Users", "The six operations on users."),
            tag(
                "Deletion",
                "What is kept of users that were deleted, and who may not be.",
            ),
            tag(
                "Audit",
                "What happened to users and in the application, and who did it.",
            ),
            tag(
                "Webhooks",
                "Where events of users are sent, what came of it, and what receivers get.",
            ),
            tag(
                "API keys",
                "The keys of the application: who may do what, from where and how much.",
            ),
            tag(
                "Internal",
                "What other services report about users, and what they ask. Keys of kind service alone call this, and \
                 call nothing else.",
            ),
            tag("Service", "The service itself."),
        ]))
        .security(Some([SecurityRequirement::new(SECURITY_SCHEME, [] as [&str; 0])]))
        .paths(operations::paths())
        .components(Some(components()))
        .build()
}

fn components() -> Components {
    let key = ApiKeyValue::with_description(
        "x-api-key",
        "`sk_live_` or `sk_test_` and 43 characters. It belongs to one application, and has one role or is a \
         service's.",
    );
    let schemas = user::schemas()
        .into_iter()
        .chain(answers::schemas())
        .chain(requests::schemas())
        .chain(responses::schemas())
        .chain(audit::schemas())
        .chain(webhooks::schemas())
        .chain(keys::schemas())
        .chain(internal::schemas())
        .chain(legal_hold::schemas())
        .chain(deleted_users::schemas());
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
