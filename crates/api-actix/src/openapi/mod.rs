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

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use serde_json::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder,
};

const SECURITY_SCHEME: &str = "ApiKey";

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi_json);

/// `GET /openapi.json`
pub(crate) fn document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(DOCUMENT.as_str())
}

/// The document as it is served and checked in: members sorted, two spaces deep, a line feed at its end.
#[must_use]
pub fn openapi_json() -> String {
    format!("{:#}\n", sorted())
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
    document
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
