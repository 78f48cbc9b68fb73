//! The headers that tell a client where it stands, on every answer to a request that was counted.

use serde_json::{Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Header, Ref, RefOr, Response};

use super::responses::header;

/// The headers by name.
pub(super) fn headers() -> impl Iterator<Item = (&'static str, Header)> {
    let number = || json!({ "type": "integer", "minimum": 0 });
    let list = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let headers: [(&str, &str, Value); 5] = [
        (
            "RateLimit",
            "What is left of the limit that the request counts against: of this policy, `r` more requests within the next \
             `t` seconds (draft-ietf-httpapi-ratelimit-headers-11). Missing where nothing is limited, and while requests \
             cannot be counted.",
            list("^\"(read|write|unauthenticated|public)\";r=[0-9]+;t=[0-9]+$"),
        ),
        (
            "RateLimit-Policy",
            "The limit itself: of this policy, `q` requests in any `w` seconds.",
            list("^\"(read|write|unauthenticated|public)\";q=[1-9][0-9]*;w=60$"),
        ),
        (
            "X-RateLimit-Limit",
            "The limit: requests in any 60 seconds.",
            json!({ "type": "integer", "minimum": 1 }),
        ),
        (
            "X-RateLimit-Remaining",
            "How many more requests are admitted at once.",
            number(),
        ),
        (
            "X-RateLimit-Reset",
            "Seconds since the Unix epoch: when the next request is admitted, or, while some remain, when the whole limit \
             is free again.",
            number(),
        ),
    ];
    headers
        .into_iter()
        .map(|(name, description, keywords)| (name, header(description, keywords)))
}

/// Says of each answer of an operation that it has them.
pub(super) fn tell(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            tell_with(response);
        }
    }
}

/// Says of an answer that it has them.
pub(super) fn tell_with(response: &mut Response) {
    for (name, _) in headers() {
        let header = Ref::new(format!("#/components/headers/{name}"));
        response.headers.insert(name.to_owned(), RefOr::Ref(header));
    }
}
