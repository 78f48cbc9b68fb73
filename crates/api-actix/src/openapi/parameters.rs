//! Parameters of operations, with the limits of their readers.

use serde_json::{Value, json};
use users_domain::model::{IdempotencyKey, OrderKey, PageSize, SearchTerm, TagName, VendorData};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::{RefOr, Required, Schema};

use super::schema::{named, reference, schema};
use super::text;
use crate::list::cursor::MAX_CHARACTERS as MAX_CURSOR_CHARACTERS;
use crate::list::parameters::{
    COUNT_MODES, MAX_METADATA_FILTERS, MAX_METADATA_KEY_CHARACTERS, MAX_METADATA_VALUE_CHARACTERS,
    MAX_TAGS,
};
use crate::request::parameters::MAX_OFFSET;

/// The user that a path names.
pub(super) fn vendor_data() -> Parameter {
    ParameterBuilder::new()
        .name("vendor_data")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(
            "The client's own identifier, percent-encoded; a slash within it as `%2F`.",
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

pub(super) fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Strong entity tags of the versions that may be changed, or `*`: another version is a 412, anything else a 400.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "pattern": r#"^(\*|"[!#-~]*"(, "[!#-~]*")*)$"#,
        }))))
        .build()
}

/// No schema says which keys were used before, so none is promised to be new.
pub(super) fn idempotency_key() -> Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Makes the request safe to repeat: for 24 hours, the same request with the same key gets the first answer again and changes nothing. Choose a random one for each request.",
        ))
        .schema(Some(schema(json!({
            "type": "string",
            "minLength": 1,
            "maxLength": IdempotencyKey::MAX_CHARACTERS,
            "pattern": "^[!-~]+$",
        }))))
        .build()
}

pub(super) fn if_none_match() -> Parameter {
    header(
        "If-None-Match",
        "Entity tags of versions that the client has: such a one is a 304.",
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

/// Everything that a list reads.
pub(super) fn list() -> Vec<Parameter> {
    let size = json!({
        "type": "integer",
        "minimum": 1,
        "maximum": PageSize::MAX,
        "default": PageSize::DEFAULT.rows(),
    });
    let after = "The first moment inside: an RFC 3339 date-time, or a date at its start in UTC.";
    let before = "The first moment outside: an RFC 3339 date-time, or a date at its start in UTC.";
    vec![
        query("limit", "How many users a page has.", schema(size.clone())),
        query("page_size", "The same as `limit`.", schema(size)),
        query(
            "offset",
            "How many users to skip. Prefer the cursors in `next` and `previous`.",
            schema(json!({ "type": "integer", "minimum": 0, "maximum": MAX_OFFSET })),
        ),
        page(),
        cursor(),
        repeatable(
            "status",
            "Any of these, also separated by commas.",
            json!({ "type": "array", "items": reference("UserStatus") }),
        ),
        query(
            "search",
            "Words that all are parts of `vendor_data`, names, e-mail addresses or phones, in any order, whatever their case \
             and accents; double quotes make a phrase. Four digits or more are found in phones however they are written. \
             Without `ordering`, whose name or address is exactly this comes first.",
            schema(text::search(SearchTerm::MAX_CHARACTERS)),
        ),
        repeatable(
            "vendor_data",
            "Any of these names, byte by byte; at most 100, together at most 8 KiB.",
            json!({
                "type": "array",
                "items": text::vendor_data(),
            }),
        ),
        query(
            "email",
            "Among the e-mail addresses, whatever its case.",
            schema(text::email()),
        ),
        query(
            "phone",
            "Among the phones, compared by their digits.",
            schema(json!({ "type": "string", "pattern": "[0-9]", "examples": ["+442079460100"] })),
        ),
        query(
            "country",
            "Among the issuing states.",
            named("GivenCountry"),
        ),
        query(
            "country_code",
            "The same as `country`.",
            named("GivenCountry"),
        ),
        repeatable(
            "tag",
            "All of these, by name.",
            json!({
                "type": "array",
                "maxItems": MAX_TAGS,
                "items": text::name(TagName::MAX_CHARACTERS),
            }),
        ),
        metadata(),
        query("created_after", after, schema(text::given_time())),
        query("created_before", before, schema(text::given_time())),
        query("updated_after", after, schema(text::given_time())),
        query("updated_before", before, schema(text::given_time())),
        query("last_activity_after", after, schema(text::given_time())),
        query("last_activity_before", before, schema(text::given_time())),
        query(
            "ordering",
            "Ties are broken by id in the same direction. Users without the value come last when descending.",
            schema(ordering()),
        ),
        query(
            "count",
            "`capped` counts to 1000. `estimate` is the application's own count of all users, or of those with a status, as \
             of a moment ago; with any other filter it is as `capped`.",
            schema(json!({
                "type": "string",
                "enum": COUNT_MODES.map(|(word, _)| word),
                "default": "capped",
            })),
        ),
    ]
}

/// Pages by their number. Which is the last depends on how many rows a page has.
pub(super) fn page() -> Parameter {
    query(
        "page",
        "The number of a page of `page_size`, from 1: another way to write `offset`.",
        schema(
            json!({ "type": "integer", "minimum": 1, "maximum": MAX_OFFSET / u32::from(PageSize::MAX) }),
        ),
    )
}

/// No schema can say which cursors the service made, so none but the empty one, which stands for none, is promised to
/// be accepted.
fn cursor() -> Parameter {
    query(
        "cursor",
        "From `next` or `previous` of another page. It suffices alone; filters and ordering beside it must be those of \
         that page. Not together with `offset`.",
        schema(json!({
            "type": "string",
            "maxLength": MAX_CURSOR_CHARACTERS,
            "pattern": "^[A-Za-z0-9_-]*$",
        })),
    )
}

fn ordering() -> Value {
    let words: Vec<_> = OrderKey::ALL
        .into_iter()
        .flat_map(|key| [key.as_str().to_owned(), format!("-{}", key.as_str())])
        .collect();
    json!({ "type": "string", "enum": words, "default": "-last_session_at" })
}

fn metadata() -> Parameter {
    ParameterBuilder::new()
        .name("metadata")
        .parameter_in(ParameterIn::Query)
        .style(Some(ParameterStyle::Form))
        .explode(Some(true))
        .description(Some(
            "`metadata.<key>=<value>`: a top-level key, literally and with its dots, is this string, number or boolean. \
             Where there is no such key, dots lead into nested objects. Given twice: either value.",
        ))
        .schema(Some(schema(json!({
            "type": "object",
            "maxProperties": MAX_METADATA_FILTERS,
            "propertyNames": {
                "pattern": format!("^metadata\\.[^\\u0000]{{1,{MAX_METADATA_KEY_CHARACTERS}}}$"),
            },
            "additionalProperties": {
                "type": "string",
                "maxLength": MAX_METADATA_VALUE_CHARACTERS,
                "pattern": text::NO_NUL,
            },
        }))))
        .build()
}

/// A parameter that means nothing when it is empty.
pub(super) fn query(name: &str, description: &str, of: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(description))
        .schema(Some(of))
        .extensions(Some(Extensions::from_iter([("allowEmptyValue", true)])))
        .build()
}

pub(super) fn repeatable(name: &str, description: &str, of: Value) -> Parameter {
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
pub(super) fn id(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema(text::uuid())))
        .build()
}
