//! The rate limit headers of responses to counted requests.

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Header, Ref, RefOr, Response};

use super::responses::header;

/// The headers by name.
pub(crate) fn headers() -> impl Iterator<Item = (&'static str, Header)> {
    let number = || json!({ "type": "integer", "minimum": 0 });
    let list = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let headers: [(&str, &str, Value); 5] = [
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
        (
            "X-RateLimit-Limit",
            "The limit: the number of requests in any 60 seconds.",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        (
            "X-RateLimit-Remaining",
            "The number of requests that are admitted immediately.",
            number(),
        ),
        (
            "X-RateLimit-Reset",
            "Seconds since the Unix epoch: when the next request is admitted or, while requests remain, when the whole \
             limit is available again.",
            number(),
        ),
    ];
    headers
        .into_iter()
        .map(|(name, description, keywords)| (name, header(description, keywords)))
}

/// Adds the headers to each response of an operation.
pub(crate) fn add_headers(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            add_headers_to(response);
        }
    }
}

/// Adds the headers to a response.
pub(crate) fn add_headers_to(response: &mut Response) {
    for (name, _) in headers() {
        let header = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert(name.to_owned(), RefOr::Ref(header));
    }
}
