//! Parameters and members that the service does not read: reported in a response header, or rejected if the request is
//! strict.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use percent_encoding::utf8_percent_encode;

use super::idempotency_key::IDEMPOTENCY_KEY;
use super::path::ENCODED;
use crate::http::error::{ApiError, FieldErrors, messages};
use crate::http::query_string;

pub(crate) const IGNORED_FIELDS: HeaderName = HeaderName::from_static("x-ignored-fields");

const MAX_NAMES: usize = 20;

/// The longest encoded form of one name, in bytes: twenty such names stay far below the header limits of proxies.
const MAX_NAME_BYTES: usize = 100;

/// Request extension: unknown parameters and members are errors.
pub(crate) struct Strict;

/// Request extension: the `Idempotency-Key` has no effect.
pub(crate) struct KeyIgnored;

/// The distinct names of ignored fields, in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignored {
    names: Vec<String>,
    /// Unknown fields of a strict request; `None` if the request is not strict.
    refused: Option<FieldErrors>,
}

impl Ignored {
    fn of(request: &HttpRequest) -> Self {
        let extensions = request.extensions();
        let mut ignored = Self {
            names: Vec::new(),
            refused: (extensions.contains::<Strict>()).then(FieldErrors::default),
        };
        let has_key = request.headers().contains_key(IDEMPOTENCY_KEY);
        if has_key && extensions.contains::<KeyIgnored>() {
            ignored.add("Idempotency-Key");
        }
        ignored
    }

    /// Reports the whole query string of an operation without parameters.
    pub(crate) fn query(request: &HttpRequest) -> Result<Self, ApiError> {
        let pairs = query_string::decode(request.query_string())?;
        Ok(Self::parameters(request, pairs.iter().map(|(name, _)| name.as_str())))
    }

    /// Reports these parameters as unknown.
    pub(crate) fn parameters<'n>(
        request: &HttpRequest,
        names: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut ignored = Self::of(request);
        names.for_each(|name| ignored.unknown(name));
        ignored
    }

    /// Records an unknown parameter or member.
    pub(crate) fn unknown(&mut self, name: &str) {
        match &mut self.refused {
            Some(refused) => refused.add(name, messages::UNKNOWN_FIELD),
            None => self.add(name),
        }
    }

    /// Records a known field that has no effect in this request.
    pub(crate) fn add(&mut self, name: &str) {
        if self.names.len() < MAX_NAMES {
            let encoded = encode(name);
            if !self.names.contains(&encoded) {
                self.names.push(encoded);
            }
        }
    }

    /// Returns `read`, with the unknown fields of a strict request added to its errors. Stores the ignored names for
    /// the response header, also if the request fails.
    pub(crate) fn attach<T>(
        self,
        request: &HttpRequest,
        read: Result<T, FieldErrors>,
    ) -> Result<T, FieldErrors> {
        if let Some(text) = self.text() {
            request.extensions_mut().insert(Header(text));
        }
        match (self.refused, read) {
            (Some(refused), read) if !refused.is_empty() => {
                let mut errors = read.err().unwrap_or_default();
                errors.append(refused);
                Err(errors)
            }
            (_, read) => read,
        }
    }

    /// Stores the header value of a replayed response.
    pub(crate) fn attach_again(text: String, request: &HttpRequest) {
        request.extensions_mut().insert(Header(text));
    }

    /// The header value; `None` if nothing was ignored.
    pub(crate) fn text(&self) -> Option<String> {
        (!self.names.is_empty()).then(|| self.names.join(", "))
    }

    /// The response header; `None` if nothing was ignored.
    pub(crate) fn take(request: &HttpRequest) -> Option<(HeaderName, HeaderValue)> {
        let extensions = request.extensions();
        let Header(text) = extensions.get()?;
        Some((IGNORED_FIELDS, HeaderValue::from_str(text).ok()?))
    }
}

/// Request extension: the header value for the response.
struct Header(String);

/// Encodes as many whole characters as fit.
fn encode(name: &str) -> String {
    let mut encoded = String::new();
    for character in name.chars() {
        let mut buffer = [0; 4];
        let before = encoded.len();
        encoded.extend(utf8_percent_encode(character.encode_utf8(&mut buffer), ENCODED));
        if encoded.len() > MAX_NAME_BYTES {
            encoded.truncate(before);
            break;
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
