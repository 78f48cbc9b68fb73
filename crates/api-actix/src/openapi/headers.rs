//! The headers of responses.

use serde_json::{Map, Value, json};

use super::schema::with;

pub(crate) fn header(description: &str, schema: Value) -> Value {
    with(json!({ "description": description }), [("schema", schema)])
}

fn number(minimum: u8) -> Value {
    json!({ "type": "integer", "minimum": minimum })
}

/// The rate limit headers by name, to which all responses refer.
pub(crate) fn rate_limits() -> Map<String, Value> {
    let list = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let headers = [
        (
            "RateLimit",
            "The rest of the limit that the request counts against: the policy admits `r` more requests within the \
             next `t` seconds (draft-ietf-httpapi-ratelimit-headers-11). The header is absent if there is no limit, \
             and while requests cannot be counted.",
            list("^\"(read|write|unauthenticated|public)\";r=[0-9]+;t=[0-9]+$"),
        ),
        (
            "RateLimit-Policy",
            "The limit: the policy admits `q` requests in any `w` seconds.",
            list("^\"(read|write|unauthenticated|public)\";q=[1-9][0-9]*;w=60$"),
        ),
        ("X-RateLimit-Limit", "The limit: the number of requests in any 60 seconds.", number(1)),
        (
            "X-RateLimit-Remaining",
            "The number of requests that are admitted immediately.",
            number(0),
        ),
        (
            "X-RateLimit-Reset",
            "Seconds since the Unix epoch: when the next request is admitted or, while requests remain, when the whole \
             limit is available again.",
            number(0),
        ),
    ];
    let named = headers.map(|(name, description, schema)| (name, header(description, schema)));
    named.map(|(name, header)| (name.to_owned(), header)).into_iter().collect()
}

pub(crate) fn of_every_response() -> Map<String, Value> {
    let request_id = header(
        "The request id that the client sent, or a generated one.",
        json!({ "type": "string", "minLength": 1, "maxLength": 128 }),
    );
    let ignored = header(
        "The names of query parameters and body members that were ignored: percent-encoded, at most 20, separated by \
         commas.",
        json!({ "type": "string" }),
    );
    let shared = rate_limits().into_iter().map(|(name, _)| {
        let reference = format!("#/components/headers/{name}");
        (name, json!({ "$ref": reference }))
    });
    let own = [("X-Request-Id", request_id), ("X-Ignored-Fields", ignored)];
    shared.chain(own.map(|(name, header)| (name.to_owned(), header))).collect()
}

/// The header of replayed responses to requests with an `Idempotency-Key`.
pub(super) fn replayed() -> Value {
    header(
        "`true` if this is the response of an earlier request with the same `Idempotency-Key`.",
        json!({ "type": "string", "enum": ["true"] }),
    )
}

pub(crate) fn etag() -> Value {
    header(
        "The version of the user, as the caller sees it, for `If-Match` and `If-None-Match`.",
        json!({ "type": "string", "pattern": "^\"[0-9a-f-]{36}-[1-9][0-9]*(-redacted)?\"$" }),
    )
}

pub(super) fn location(description: &str) -> Value {
    header(description, json!({ "type": "string", "format": "uri-reference" }))
}

/// The header of responses that no cache may store.
pub(super) fn no_store() -> Value {
    header("The response contains a secret and must not be stored.", json!({ "const": "no-store" }))
}

pub(super) fn retry_after() -> Value {
    header("The time to wait before a retry, in seconds.", number(0))
}
