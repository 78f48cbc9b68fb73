//! Reads the `Prefer` header (RFC 7240).

use actix_web::http::header::{HeaderMap, HeaderName};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Whether the client prefers strict handling (RFC 7240 section 4.4). The first of several instances applies.
pub(crate) fn prefers_strict(headers: &HeaderMap) -> bool {
    let values = headers.get_all(PREFER);
    let values = values.filter_map(|value| value.to_str().ok());
    let mut handling = values.flat_map(|value| value.split(',')).filter_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let is_handling = name.trim().eq_ignore_ascii_case("handling");
        is_handling.then(|| value.trim().trim_matches('"'))
    });
    let first = handling.next();
    first.is_some_and(|value| value.eq_ignore_ascii_case("strict"))
}

#[cfg(test)]
mod tests;
