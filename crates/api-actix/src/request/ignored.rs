//! What a client sent and nobody read, named in an answer's header so that a typing error can be seen.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use percent_encoding::utf8_percent_encode;

use super::path::ENCODED;

/// The header of the answer.
pub(crate) const IGNORED_FIELDS: HeaderName = HeaderName::from_static("x-ignored-fields");

const MAX_NAMES: usize = 20;

/// The longest encoded form of one name, in bytes: twenty of them stay far below what proxies accept as headers.
const MAX_NAME_BYTES: usize = 100;

/// Names in the order they were met, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ignored(Vec<String>);

impl Ignored {
    /// Every name of a query string that nobody reads.
    pub(crate) fn query(pairs: Vec<(String, String)>) -> Self {
        let mut ignored = Self::default();
        for (name, _) in pairs {
            ignored.add(&name);
        }
        ignored
    }

    /// Notes a name.
    pub(crate) fn add(&mut self, name: &str) {
        if self.0.len() < MAX_NAMES {
            let encoded = encode(name);
            if !self.0.contains(&encoded) {
                self.0.push(encoded);
            }
        }
    }

    /// Leaves the names for the answer to this request, whatever it will be.
    pub(crate) fn tell(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }

    /// What the header of an earlier answer said.
    pub(crate) fn as_told_before(text: Option<String>) -> Self {
        Self(text.into_iter().collect())
    }

    /// What the header says; none where nothing was ignored.
    pub(crate) fn text(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }

    /// The header of the answer; none where nothing was ignored.
    pub(crate) fn told(request: &HttpRequest) -> Option<(HeaderName, HeaderValue)> {
        request.extensions().get::<Self>().and_then(Self::header)
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = HeaderValue::from_str(&self.text()?).ok()?;
        Some((IGNORED_FIELDS, value))
    }
}

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
    use super::*;

    fn header(names: &[&str]) -> Option<String> {
        let mut ignored = Ignored::default();
        for name in names {
            ignored.add(name);
        }
        let (_, value) = ignored.header()?;
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
}
