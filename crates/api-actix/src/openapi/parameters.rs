//! Parameters that operations share, with the limits of their readers.

use serde_json::{Value, json};
use users_domain::model::{IdempotencyKey, PageSize, VendorData};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::{RefOr, Required, Schema};

use super::schema::schema;
use super::text;
use crate::http::request::parameters::MAX_OFFSET;

/// The user that a path names.
pub(crate) fn vendor_data() -> Parameter {
    ParameterBuilder::new()
        .name("vendor_data")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(
            "The client's own identifier, percent-encoded. A slash in it is written as `%2F`.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "minLength": 1,
            "maxLength": VendorData::MAX_BYTES,
            "pattern": text::NO_NUL,
            "not": { "enum": VendorData::RESERVED },
        }))))
        .build()
}

pub(crate) fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Strong entity tags of the versions that may be changed, or `*`. Another current version returns 412, a \
             malformed header 400.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "pattern": r#"^(\*|"[!#-~]*"(, "[!#-~]*")*)$"#,
        }))))
        .build()
}

/// A schema cannot express that a key is unused.
pub(crate) fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Makes the request safe to repeat. For 24 hours, the same request with the same key returns the first \
             response again and changes nothing. Use a new random key for each request.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "minLength": 1,
            "maxLength": IdempotencyKey::MAX_CHARACTERS,
            "pattern": "^[!-~]+$",
        }))))
        .build()
}

pub(crate) fn if_none_match() -> Parameter {
    header(
        "If-None-Match",
        "Entity tags of the versions that the client has. If the current version is among them, the response is 304.",
    )
}

fn header(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(schema(json!({ "type": "string" }))))
        .build()
}

/// `limit` and its alias. Their schemas have no `default`: generated clients send defaults, and then the alias would differ
/// from `limit`.
pub(crate) fn page_sizes(of: &str) -> [Parameter; 2] {
    let size = json!({ "type": "integer", "minimum": 1, "maximum": PageSize::MAX });
    let default = PageSize::DEFAULT.rows();
    [
        query(
            "limit",
            &format!("The maximum number of {of} on a page; {default} if it is not sent."),
            schema(size.clone()),
        ),
        query("page_size", "An alias of `limit`.", schema(size)),
    ]
}

/// Pages by number. The last page depends on the page size.
pub(crate) fn page() -> Parameter {
    query(
        "page",
        "The number of the page, from 1, in pages of `page_size` users; an alternative to `offset`.",
        schema(
            json!({ "type": "integer", "minimum": 1, "maximum": MAX_OFFSET / u32::from(PageSize::MAX) }),
        ),
    )
}

/// A parameter that has no effect when it is empty.
pub(crate) fn query(name: &str, description: &str, of: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(description))
        .schema(Some(of))
        .extensions(Some(Extensions::from_iter([("allowEmptyValue", true)])))
        .build()
}

pub(crate) fn repeatable(name: &str, description: &str, of: Value) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
        .description(Some(description))
        .schema(Some(schema(of)))
        .build()
}

/// An id in a path.
pub(crate) fn id(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema(text::uuid())))
        .build()
}
