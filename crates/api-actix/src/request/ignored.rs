//! What a client sent and nobody reads: named in a header of the answer, or refused where the request is handled strictly.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use percent_encoding::utf8_percent_encode;

use super::idempotency_key::IDEMPOTENCY_KEY;
use super::parameters::meant;
use super::path::ENCODED;
use super::query;
use crate::error::{ApiError, FieldErrors, messages};

/// The header of the answer.
pub(crate) const IGNORED_FIELDS: HeaderName = HeaderName::from_static("x-ignored-fields");

const MAX_NAMES: usize = 20;

/// The longest encoded form of one name, in bytes: twenty of them stay far below what proxies accept as headers.
const MAX_NAME_BYTES: usize = 100;

/// Marks a request whose unknown parameters and members are errors. It stays with the request.
pub(crate) struct Strict;

/// Marks a request whose `Idempotency-Key` has no effect. It stays with the request.
pub(crate) struct KeyIgnored;

/// Names in the order they were met, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignored {
    names: Vec<String>,
    /// What is unknown in a request that is handled strictly; none in any other.
    refused: Option<FieldErrors>,
}

impl Ignored {
    /// Nothing yet but the headers.
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

    /// The whole query string, of which nothing is read.
    pub(crate) fn query(request: &HttpRequest) -> Result<Self, ApiError> {
        let pairs = query(request)?;
        Ok(Self::parameters(request, &pairs, |_| false))
    }

    /// The parameters that are not known, whichever way they are spelled.
    pub(crate) fn parameters(
        request: &HttpRequest,
        pairs: &[(String, String)],
        is_known: impl Fn(&str) -> bool,
    ) -> Self {
        let mut ignored = Self::of(request);
        for (name, _) in pairs {
            if !is_known(&meant(name)) {
                ignored.unknown(name);
            }
        }
        ignored
    }

    /// Notes a parameter or member that is not known.
    pub(crate) fn unknown(&mut self, name: &str) {
        match &mut self.refused {
            Some(refused) => refused.add(name, messages::UNKNOWN_FIELD),
            None => self.add(name),
        }
    }

    /// Notes a field that is known, and has no effect in this request.
    pub(crate) fn add(&mut self, name: &str) {
        if self.names.len() < MAX_NAMES {
            let encoded = encode(name);
            if !self.names.contains(&encoded) {
                self.names.push(encoded);
            }
        }
    }

    /// What was read. The names are left for the answer to this request, whatever it will be; what is refused is added to
    /// the errors.
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

    /// Leaves what the header of an earlier answer said.
    pub(crate) fn attach_again(text: String, request: &HttpRequest) {
        request.extensions_mut().insert(Header(text));
    }

    /// What the header says; none where nothing was ignored.
    pub(crate) fn text(&self) -> Option<String> {
        (!self.names.is_empty()).then(|| self.names.join(", "))
    }

    /// The header of the answer; none where nothing was ignored.
    pub(crate) fn take(request: &HttpRequest) -> Option<(HeaderName, HeaderValue)> {
        let extensions = request.extensions();
        let Header(text) = extensions.get()?;
        Some((IGNORED_FIELDS, HeaderValue::from_str(text).ok()?))
    }
}

/// The value of the header, until the answer is there.
struct Header(String);

/// Whole characters, as many as fit.
fn encode(name: &str) -> String {
    let mut encoded = String::new();
    for character in name.chars() {
        let mut buffer = [0; 4];
        let before = encoded.len();
        encoded.extend(utf8_percent_encode(
            character.encode_utf8(&mut buffer),
            ENCODED,
        ));
        if encoded.len() > MAX_NAME_BYTES {
            encoded.truncate(before);
            break;
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn header(names: &[&str]) -> Option<String> {
        let request = TestRequest::default().to_http_request();
        let mut ignored = Ignored::of(&request);
        for name in names {
            ignored.unknown(name);
        }
        assert_eq!(ignored.attach(&request, Ok(7)), Ok(7));
        let (_, value) = Ignored::take(&request)?;
        Some(value.to_str().unwrap().to_owned())
    }

    #[test]
    fn names_are_encoded_once_each_and_at_most_twenty() {
        assert_eq!(header(&[]), None);
        assert_eq!(
            header(&["a", "é, b", "a", "x\r\ny"]).unwrap(),
            "a, %C3%A9%2C%20b, x%0D%0Ay"
        );
        let many: Vec<_> = (0..30).map(|index| format!("n{index}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(header(&many).unwrap().split(", ").count(), 20);
    }

    #[test]
    fn a_giant_name_is_cut_between_characters() {
        let value = header(&[&"é".repeat(100_000)]).unwrap();
        assert_eq!(value, "%C3%A9".repeat(16));
    }

    #[test]
    fn of_a_strict_request_what_is_unknown_is_an_error_beside_the_others() {
        let request = TestRequest::with_uri("/?typo=1").to_http_request();
        request.extensions_mut().insert(Strict);
        let mut ignored = Ignored::query(&request).unwrap();
        ignored.add("reason");
        let errors = ignored.attach(&request, Err::<(), _>(FieldErrors::of("a", "b")));
        let mut expected = FieldErrors::of("a", "b");
        expected.add("typo", messages::UNKNOWN_FIELD);
        assert_eq!(errors, Err(expected));
        let (_, value) = Ignored::take(&request).unwrap();
        assert_eq!(value, "reason");
    }
}
